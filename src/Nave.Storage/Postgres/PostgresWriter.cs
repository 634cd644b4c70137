using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Nave.Storage.Postgres;

/// <summary>
/// The one task that writes. It works out what waits in memory, over what the server has of it, and makes it durable with one
/// transaction of the server, then tells the callers. It keeps the connection: looks at it when there is nothing to write, and makes
/// it anew when it is lost. What was sent to be committed is never sent again.
/// </summary>
internal sealed partial class PostgresWriter : IAsyncDisposable
{
    // As the SQLite engine: a flood of large documents neither fills the memory nor lets the first wait long.
    private const int MaxBatchRequests = 1024;
    private const long MaxBatchBytes = 8L * 1024 * 1024;

    // Callers of the last commit come back with their next write: worth a moment, so that one commit carries all of them.
    private const int FewCallers = 4;
    private const int MaxYields = 64;

    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(2);

    private readonly PostgresConnections _connections;
    private readonly PostgresSchema _schema;
    private readonly PostgresStateOptions _options;
    private readonly OutboxSignal _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<StateWriteRequest> _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<StateWriteRequest> _batch = [];
    private Task _work = Task.CompletedTask;
    private Task<bool>? _filled;
    private PostgresSession? _session;
    private PostgresCounters _counters;
    private TimeSpan _retry;
    private long _lostAt;
    private string _reason = string.Empty;
    private volatile string? _failure;
    private volatile bool _away;
    private volatile bool _full;

    /// <summary>Takes over a session; <see cref="Start"/> begins the work.</summary>
    public PostgresWriter(
        PostgresConnections connections, PostgresSchema schema, PostgresStateOptions options, PostgresSession session, PostgresCounters counters,
        OutboxSignal outbox, PostgresSurroundings surroundings)
    {
        (_connections, _schema, _options, _session, _counters, _outbox) = (connections, schema, options, session, counters, outbox);
        (_time, _logger) = (surroundings.Time, surroundings.Logger);
        _queue = Channel.CreateBounded<StateWriteRequest>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
    }

    /// <summary>Gets a value indicating whether a write can be expected to succeed.</summary>
    public bool Available => _failure is null && !_away && !_full;

    /// <summary>Begins to write.</summary>
    public void Start() => _work = Task.Run(RunAsync);

    /// <summary>Queues a request and waits for its outcome.</summary>
    public async ValueTask<StateOutcome> WriteAsync(StateWriteRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(PostgresStateStore));
        }

        if (!cancellationToken.CanBeCanceled)
        {
            return await request.Task.ConfigureAwait(false);
        }

        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((StateWriteRequest)state!).Withdraw(token), request);
        return await request.Task.ConfigureAwait(false);
    }

    /// <summary>Writes what is queued, then gives the lock back; a write that comes later fails.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();

        // Ends a search for the server, not a commit.
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        if (_session is { } session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (await WaitAsync().ConfigureAwait(false))
        {
            Take();
            if (_batch.Count == 0)
            {
                await WatchAsync().ConfigureAwait(false);
                continue;
            }

            await WriteBatchAsync().ConfigureAwait(false);
            var count = _batch.Count;
            _batch.Clear();
            for (var i = 0; count > FewCallers && i < MaxYields && _queue.Reader.Count < count - (count / 4); i++)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Waits for something to write, or for the moment to look at the connection.</summary>
    /// <returns>False when the store is closed and nothing waits.</returns>
    private async Task<bool> WaitAsync()
    {
        if (_queue.Reader.TryPeek(out _))
        {
            return true;
        }

        _filled ??= _queue.Reader.WaitToReadAsync().AsTask();
        if (!_filled.IsCompleted)
        {
            using var woken = new CancellationTokenSource();
            var interval = _session is null && _failure is null ? _retry : _full ? s_longestRetry : _options.WatchInterval;
            await Task.WhenAny(_filled, Task.Delay(interval, _time, woken.Token)).ConfigureAwait(false);
            await woken.CancelAsync().ConfigureAwait(false);
        }

        if (!_filled.IsCompleted)
        {
            return true;
        }

        var filled = await _filled.ConfigureAwait(false);
        _filled = null;
        return filled;
    }

    private void Take()
    {
        for (long bytes = 0; _batch.Count < MaxBatchRequests && bytes < MaxBatchBytes && _queue.Reader.TryRead(out var request);)
        {
            if (request.TryTake())
            {
                _batch.Add(request);
                bytes += request.Bytes;
            }
        }
    }

    /// <summary>Sees that the connection lives, and that the store is still this process's; looks for the server if it is lost.</summary>
    private async Task WatchAsync()
    {
        if (_failure is not null)
        {
            return;
        }

        if (_session is not { } session)
        {
            await TryConnectAsync().ConfigureAwait(false);
            return;
        }

        try
        {
            if (_full)
            {
                await session.TryRoomAsync().ConfigureAwait(false);
                IsBack();
            }

            await CheckAsync(await session.ReadCountersAsync(CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresFailure.IsRefusal(e))
        {
            await RefusedAsync(e).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await LoseAsync(e).ConfigureAwait(false);
            if (_failure is null)
            {
                await TryConnectAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task WriteBatchAsync()
    {
        // 1. Find. A connection that was lost while nobody wrote is found out here: nothing is sent yet, so it is made anew.
        PostgresBatch batch;
        for (var attempt = 1; ; attempt++)
        {
            if (_failure is not null || (_session is null && !(IsRetryDue() && await TryConnectAsync().ConfigureAwait(false))))
            {
                Refuse();
                return;
            }

            var session = _session!; // Connected, or else refused above.
            batch = new PostgresBatch(_counters.Version, _counters.Outbox);
            foreach (var request in _batch)
            {
                batch.Note(request);
            }

            try
            {
                await session.FindAsync(batch).ConfigureAwait(false);
                break;
            }
            catch (Exception e)
            {
                if (PostgresFailure.IsRefusal(e))
                {
                    await RefusedAsync(e).ConfigureAwait(false);
                    return;
                }

                await LoseAsync(e).ConfigureAwait(false);
                _retry = TimeSpan.Zero;
                if (attempt > 1)
                {
                    Refuse();
                    return;
                }
            }
        }

        // 2. Work out, and write.
        foreach (var request in _batch)
        {
            request.Outcome = batch.Apply(request);
        }

        if (!batch.IsEmpty && !await CommitAsync(batch).ConfigureAwait(false))
        {
            return;
        }

        // 3. Durable: who waits for the outbox, and the callers.
        _counters = _counters with { Version = batch.Version, Outbox = batch.Outbox };
        _outbox.Committed(batch.Outbox, batch.RemoveThrough);
        IsBack();
        foreach (var request in _batch)
        {
            request.TrySetResult(request.Outcome);
        }
    }

    /// <summary>Sends a batch. If it fails, the callers are told.</summary>
    private async Task<bool> CommitAsync(PostgresBatch batch)
    {
        var session = _session!; // Found with it.
        try
        {
            await session.WriteAsync(_counters, batch).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (PostgresFailure.IsFence(e))
        {
            await FailAsync("It is not this process's any more: another one has opened it, or a pooler changes its connection between transactions.").ConfigureAwait(false);
            Refuse();
        }
        catch (Exception e) when (PostgresFailure.IsRefusal(e))
        {
            await RefusedAsync(e).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await LoseAsync(e).ConfigureAwait(false);
            foreach (var request in _batch)
            {
                request.TrySetException(new StorageUnavailableException(
                    $"The connection of the state store {_schema.Name} was lost while a transaction was being committed: whether it was applied is not known. "
                    + PostgresFailure.Describe(e),
                    isTransient: true,
                    e)
                { IsOutcomeUnknown = true });
            }
        }

        return false;
    }

    /// <summary>The server refused, which ends its transaction: nothing was written.</summary>
    private async Task RefusedAsync(Exception e)
    {
        if (!PostgresFailure.IsTransient(e))
        {
            await FailAsync(PostgresFailure.Describe(e)).ConfigureAwait(false);
        }
        else
        {
            _reason = PostgresFailure.Describe(e);
            if (!_full)
            {
                _full = true;
                Log.Unavailable(_logger, _schema.Name, _reason);
            }

            if (_session is { IsBroken: true })
            {
                // The driver closes the connection after such an error (a full disk is one), although the server does not.
                await DropAsync().ConfigureAwait(false);
                _retry = TimeSpan.Zero;
            }
        }

        Refuse();
    }

    private void Refuse()
    {
        foreach (var request in _batch)
        {
            request.TrySetException(_failure is { } failure
                ? new StorageUnavailableException($"The state store {_schema.Name} has failed and takes no writes until it is opened again. {failure}", isTransient: false)
                : new StorageUnavailableException($"The state store {_schema.Name} takes no writes for now; nothing was written. {_reason}", isTransient: true));
        }
    }

    private void IsBack()
    {
        if (_full)
        {
            _full = false;
            Log.Back(_logger, _schema.Name);
        }
    }

    private bool IsRetryDue() => _time.GetElapsedTime(_lostAt) >= _retry;

    /// <summary>Connects again, if the store is then as this process left it.</summary>
    private async Task<bool> TryConnectAsync()
    {
        PostgresSession? session = null;
        try
        {
            session = await PostgresSession.OpenAsync(_connections, _schema, _options.LockTimeout, _time, _stopping.Token).ConfigureAwait(false);
            if (session is null)
            {
                _reason = "Another process holds the lock of the store.";
                WaitLonger();
                return false;
            }

            var counters = await session.ReadCountersAsync(_stopping.Token).ConfigureAwait(false);
            _session = session;
            if (!await CheckAsync(counters).ConfigureAwait(false))
            {
                return false;
            }

            // What was under way when the connection was lost may be there.
            _counters = counters;
            _outbox.Committed(counters.Outbox, counters.OutboxRemoved);
            _away = false;
            Log.Reconnected(_logger, _schema.Name);
            return true;
        }
        catch (InvalidDataException e)
        {
            await FailAsync(e.Message).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _reason = e is OperationCanceledException ? "The store is being closed." : PostgresFailure.Describe(e);
            WaitLonger();
        }

        if (session is not null && session != _session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        return false;
    }

    private void WaitLonger()
    {
        _away = true;
        _lostAt = _time.GetTimestamp();
        _retry = TimeSpan.FromTicks(Math.Clamp(2 * _retry.Ticks, s_firstRetry.Ticks, s_longestRetry.Ticks));
    }

    private async Task<bool> CheckAsync(PostgresCounters counters)
    {
        if (counters.Epoch != _counters.Epoch)
        {
            await FailAsync("Another process has opened it.").ConfigureAwait(false);
            return false;
        }

        if (counters.Version < _counters.Version || counters.Outbox < _counters.Outbox)
        {
            await FailAsync(
                $"The server has lost acknowledged writes: it is at version {counters.Version}, and version {_counters.Version} was committed. "
                + "It was restored, or a standby took over that was not synchronous.").ConfigureAwait(false);
            return false;
        }

        return true;
    }

    private async Task LoseAsync(Exception e)
    {
        if (!PostgresFailure.IsOf(e) && e is not ObjectDisposedException)
        {
            // A bug; the task must live on to answer.
            await FailAsync($"The writer failed: {e.GetType().Name}: {e.Message}").ConfigureAwait(false);
            return;
        }

        _reason = PostgresFailure.Describe(e);
        _away = true;
        (_lostAt, _retry) = (_time.GetTimestamp(), s_firstRetry);
        Log.Lost(_logger, _schema.Name, _reason);
        await DropAsync().ConfigureAwait(false);
    }

    private async Task FailAsync(string reason)
    {
        _failure = reason;
        Log.Failed(_logger, _schema.Name, reason);
        await DropAsync().ConfigureAwait(false);
    }

    private async Task DropAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The state store {Schema} takes no writes for now: {Reason}")]
        public static partial void Unavailable(ILogger logger, string schema, string reason);

        [LoggerMessage(2, LogLevel.Information, "The state store {Schema} takes writes again")]
        public static partial void Back(ILogger logger, string schema);

        [LoggerMessage(3, LogLevel.Critical, "The state store {Schema} has failed and takes no writes until it is opened again: {Reason}")]
        public static partial void Failed(ILogger logger, string schema, string reason);

        [LoggerMessage(4, LogLevel.Error, "The connection of the state store {Schema} is lost: {Reason}")]
        public static partial void Lost(ILogger logger, string schema, string reason);

        [LoggerMessage(5, LogLevel.Information, "The state store {Schema} is connected again")]
        public static partial void Reconnected(ILogger logger, string schema);
    }
}
