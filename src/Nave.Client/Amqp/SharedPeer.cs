namespace Nave.Client;

/// <summary>One connection for all who ask, opened when it is first asked for and again when it is over.</summary>
/// <param name="open">Opens it.</param>
internal sealed class SharedPeer(Func<CancellationToken, Task<AmqpPeer>> open) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<AmqpPeer>? _peer;
    private AmqpPeer? _open;

    /// <summary>Gets the connection.</summary>
    /// <param name="cancellationToken">Ends the wait; the opening goes on for others.</param>
    /// <exception cref="AmqpPeerException">It cannot be opened, or the client was disposed of.</exception>
    public async Task<AmqpPeer> GetAsync(CancellationToken cancellationToken)
    {
        Task<AmqpPeer> opening;
        lock (_gate)
        {
            ThrowIfStopped();
            if (_peer is null || _peer.IsFaulted || _peer.IsCanceled || _open is { Closed.IsCompleted: true })
            {
                _open = null;
                _peer = Task.Run(OpenAsync, CancellationToken.None);
            }

            opening = _peer;
        }

        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw Disposed();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<AmqpPeer>? opening;
        lock (_gate)
        {
            opening = _peer;
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _stop.Cancel();
        }

        try
        {
            if (opening is not null)
            {
                await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is AmqpPeerException or OperationCanceledException)
        {
            // It was not open.
        }
    }

    private async Task<AmqpPeer> OpenAsync()
    {
        var peer = await open(_stop.Token).ConfigureAwait(false);
        lock (_gate)
        {
            _open = peer;
        }

        return peer;
    }

    private static AmqpPeerException Disposed() => new(AmqpPeerError.Disposed, "The client was disposed of.");

    private void ThrowIfStopped()
    {
        if (_stop.IsCancellationRequested)
        {
            throw Disposed();
        }
    }
}
