namespace Nave.Server.Connections;

/// <summary>The lane of all connections that run over streams (TLS, WebSocket): its clock ticks on a timer.</summary>
internal sealed class StreamLane : IoLane, IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<StreamConnection> _connections = [];
    private readonly ITimer _timer;
    private TaskCompletionSource? _empty;
    private bool _stopping;
    private int _turning;

    public StreamLane(TimeProvider time)
        : base(time) =>
        _timer = time.CreateTimer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    /// <summary>Takes a connection in.</summary>
    /// <returns><see langword="false"/> if the lane is stopping.</returns>
    public bool TryAdd(StreamConnection connection)
    {
        lock (_gate)
        {
            return !_stopping && _connections.Add(connection);
        }
    }

    /// <summary>Forgets a connection.</summary>
    public void Remove(StreamConnection connection)
    {
        Wheel.Remove(connection);
        lock (_gate)
        {
            _connections.Remove(connection);
            if (_connections.Count == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }

    /// <summary>Says goodbye to all connections.</summary>
    /// <returns>A task that ends when they are closed.</returns>
    public Task StopAsync()
    {
        StreamConnection[] connections;
        Task empty;
        lock (_gate)
        {
            _stopping = true;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_connections.Count == 0)
            {
                _empty.TrySetResult();
            }

            empty = _empty.Task;
            connections = [.. _connections];
        }

        foreach (var connection in connections)
        {
            connection.Handler.OnStopping();
            connection.Close(Hub.Connections.CloseReason.ServerShutdown);
        }

        return empty;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        // A tick that comes while the last one still runs is skipped.
        if (Interlocked.Exchange(ref _turning, 1) == 0)
        {
            try
            {
                Turn();
            }
            finally
            {
                Volatile.Write(ref _turning, 0);
            }
        }
    }
}
