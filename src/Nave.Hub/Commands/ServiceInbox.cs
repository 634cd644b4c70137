using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>
/// A durable queue from which services read under locks: feedback, file notifications. Records are in the store; who holds which,
/// and how often one was abandoned, is in memory only: after a restart all are free again. Thread-safe.
/// </summary>
public sealed partial class ServiceInbox : IAsyncDisposable
{
    // Deletes in one transaction.
    private const int RemoveBatch = 500;

    private readonly ServiceInboxSettings _settings;
    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly SteadyClock _clock;
    private readonly ILogger _logger;
    private readonly ServiceInboxState _state;
    private readonly Lock _observing = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private Action[] _observers = [];
    private Task _sweep = Task.CompletedTask;

    private ServiceInbox(ServiceInboxSettings settings, IStateStore store, TimeProvider time, SteadyClock clock, ILogger logger)
    {
        _settings = settings;
        _store = store;
        _time = time;
        _clock = clock;
        _logger = logger;
        _state = new ServiceInboxState(settings);
        _timer = time.CreateTimer(_ => Changed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets the number of records, those that receivers hold included.</summary>
    public int Count => _state.Count;

    /// <summary>Locks what is to be handed out next.</summary>
    /// <returns>The records; <see langword="null"/> if there are none, or they still wait for others to be handed out with.</returns>
    /// <exception cref="StorageUnavailableException">The store cannot be read; nothing is locked.</exception>
    public async ValueTask<LockedRecords?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (_state.TryLock(_clock.Now, out var held))
        {
            try
            {
                if (await ReadAsync(held, cancellationToken).ConfigureAwait(false) is { } records)
                {
                    Arm();
                    return records;
                }

                _state.TryTake(held.Token, _clock.Now, out _); // Its records went meanwhile, with their device.
            }
            catch
            {
                if (_state.TryTake(held.Token, _clock.Now, out _))
                {
                    _state.Release(held.Entries);
                }

                Arm();
                throw;
            }
        }

        return null;
    }

    /// <summary>Removes what a receiver holds: it was processed. 412002 if the lock is not held any more.</summary>
    public ValueTask<HubResult<bool>> CompleteAsync(Guid lockToken, CancellationToken cancellationToken) => RemoveHeldAsync(lockToken, cancellationToken);

    /// <summary>Removes what a receiver holds: it refuses it. 412002 if the lock is not held any more.</summary>
    public ValueTask<HubResult<bool>> RejectAsync(Guid lockToken, CancellationToken cancellationToken) => RemoveHeldAsync(lockToken, cancellationToken);

    /// <summary>Gives back what a receiver holds and counts the delivery; too many drop a record. 412002 if the lock is not held any more.</summary>
    public async ValueTask<HubResult<bool>> AbandonAsync(Guid lockToken, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_state.TryTake(lockToken, _clock.Now, out var held))
        {
            return LockLost();
        }

        var dropped = Array.FindAll(held.Entries, entry => entry.DeliveryCount + 1 >= _settings.MaxDeliveryCount);
        await RemoveOrPutBackAsync(held, dropped).ConfigureAwait(false);
        var kept = held.Entries.Except(dropped).ToArray();
        foreach (var entry in kept)
        {
            entry.DeliveryCount++;
        }

        _state.Release(kept);
        Changed();
        return true;
    }

    /// <summary>Gives back what a receiver holds without counting: the receiver went, and nobody says that the records are at fault.</summary>
    public void Release(Guid lockToken)
    {
        if (_state.TryTake(lockToken, _clock.Now, out var held))
        {
            _state.Release(held.Entries);
            Changed();
        }
    }

    /// <summary>Asks to be told when <see cref="ReceiveAsync"/> may have something.</summary>
    /// <param name="available">Called on any thread, once at once; must neither block nor throw.</param>
    /// <returns>What ends it.</returns>
    public IDisposable Observe(Action available)
    {
        lock (_observing)
        {
            _observers = [.. _observers, available];
        }

        Changed();
        return new Observation(this, available);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _sweep.ConfigureAwait(false);
            await _timer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads what waits, and starts to look for what is too old.</summary>
    /// <param name="settings">Which queue.</param>
    /// <param name="store">Where records are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="clock">What counts deadlines.</param>
    /// <param name="logger">The log.</param>
    /// <param name="deviceOf">Reads from a record the device with which it goes.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    internal static async Task<ServiceInbox> OpenAsync(
        ServiceInboxSettings settings, IStateStore store, TimeProvider time, SteadyClock clock, ILogger logger, Func<ReadOnlyMemory<byte>, string?> deviceOf, CancellationToken cancellationToken)
    {
        var queue = new ServiceInbox(settings, store, time, clock, logger);
        await foreach (var document in store.ScanAsync(new StateScan(settings.Collection), cancellationToken).ConfigureAwait(false))
        {
            var deadline = clock.DeadlineOf(queue.EnqueuedOf(document.Body) + settings.TimeToLive);
            queue._state.Add(new ServiceInboxEntry(
                long.Parse(document.Key, CultureInfo.InvariantCulture), deadline, deviceOf(document.Body[sizeof(long)..])));
        }

        queue._sweep = Task.Run(queue.RunSweepAsync, CancellationToken.None);
        return queue;
    }

    /// <summary>Adds a record to a transaction; call <see cref="Added"/> once it is committed.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="enqueued">When it was made.</param>
    /// <param name="json">The record.</param>
    internal void Add(StateTransaction transaction, long sequence, DateTimeOffset enqueued, ReadOnlySpan<byte> json)
    {
        var body = new byte[sizeof(long) + json.Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, enqueued.UtcTicks);
        json.CopyTo(body.AsSpan(sizeof(long)));
        transaction.Put(_settings.Collection, KeyOf(sequence), body);
    }

    /// <summary>Takes note of a record that is committed.</summary>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="deviceId">The device with which it goes, or <see langword="null"/>.</param>
    internal void Added(long sequence, string? deviceId)
    {
        _state.Add(new ServiceInboxEntry(sequence, _clock.In(_settings.TimeToLive), deviceId));
        Changed();
    }

    /// <summary>Removes what goes with devices that were deleted.</summary>
    internal async ValueTask DropAsync(IReadOnlySet<string> deviceIds)
    {
        var dropped = _state.TakeOf(deviceIds);
        await RemoveAsync(dropped).ConfigureAwait(false);
    }

    /// <summary>Removes what is too old or too much.</summary>
    internal async Task SweepAsync()
    {
        var ended = _state.TakeEnded(_clock.Now);
        await RemoveAsync(ended).ConfigureAwait(false);
        Changed();
    }

    private static HubError LockLost() =>
        new(HubErrorCode.DeviceMessageLockLost, "The message lock was lost: it ended, the message was settled, or the token is not one that was given.");

    private static string KeyOf(long sequence) => sequence.ToString("D20", CultureInfo.InvariantCulture);

    private DateTimeOffset EnqueuedOf(ReadOnlyMemory<byte> body) =>
        new(StoredNumber.Read(body.Span, _settings.Collection, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    private async ValueTask<LockedRecords?> ReadAsync(ServiceInboxLock held, CancellationToken cancellationToken)
    {
        DateTimeOffset? oldest = null;
        var records = new List<ReadOnlyMemory<byte>>();
        var entries = held.Entries;
        foreach (var entry in entries)
        {
            var document = await _store.ReadAsync(_settings.Collection, KeyOf(entry.Sequence), cancellationToken).ConfigureAwait(false);
            if (document is not null)
            {
                oldest ??= EnqueuedOf(document.Body);
                records.Add(document.Body[sizeof(long)..]);
            }
        }

        return oldest is { } enqueued ? new LockedRecords(held.Token, enqueued, entries[0].DeliveryCount, records) : null;
    }

    private async ValueTask<HubResult<bool>> RemoveHeldAsync(Guid lockToken, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_state.TryTake(lockToken, _clock.Now, out var held))
        {
            return LockLost();
        }

        await RemoveOrPutBackAsync(held, held.Entries).ConfigureAwait(false);
        return true;
    }

    private async ValueTask RemoveOrPutBackAsync(ServiceInboxLock held, ServiceInboxEntry[] entries)
    {
        try
        {
            await CommitRemovalAsync(entries).ConfigureAwait(false);
        }
        catch
        {
            _state.PutBack(held, _clock.Now);
            Arm();
            throw;
        }
    }

    // What could not be removed waits again for the next attempt.
    private async ValueTask RemoveAsync(List<ServiceInboxEntry> entries)
    {
        var done = 0;
        try
        {
            foreach (var batch in entries.Chunk(RemoveBatch))
            {
                await CommitRemovalAsync(batch).ConfigureAwait(false);
                done += batch.Length;
            }
        }
        catch
        {
            _state.Release(entries.Skip(done));
            throw;
        }
    }

    private async ValueTask CommitRemovalAsync(ServiceInboxEntry[] entries)
    {
        if (entries.Length == 0)
        {
            return;
        }

        var transaction = new StateTransaction();
        foreach (var entry in entries)
        {
            transaction.Delete(_settings.Collection, KeyOf(entry.Sequence));
        }

        await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        _state.Forget(entries);
    }

    // Something may be there to receive, now or at a time that is known.
    private void Changed()
    {
        if (Arm())
        {
            foreach (var observer in Volatile.Read(ref _observers))
            {
                observer();
            }
        }
    }

    // Sets the timer for when a batch is due or a lock lapses.
    private bool Arm()
    {
        var now = _clock.Now;
        if (_stop.IsCancellationRequested || _state.NextDue(now) is not { } due)
        {
            return false;
        }

        if (due > now)
        {
            _timer.Change(TimeSpan.FromTicks(due - now), Timeout.InfiniteTimeSpan);
        }

        return due <= now;
    }

    private async Task RunSweepAsync()
    {
        using var timer = new PeriodicTimer(CloudToDeviceLimits.SweepInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    await SweepAsync().ConfigureAwait(false);
                }
                catch (IOException e)
                {
                    Log.SweepFailed(_logger, _settings.Collection, e); // The next one goes on where this one stopped.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Remove(Action observer)
    {
        lock (_observing)
        {
            _observers = [.. _observers.Where(other => other != observer)];
        }
    }

    private sealed class Observation(ServiceInbox queue, Action observer) : IDisposable
    {
        public void Dispose() => queue.Remove(observer);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Expired records of {Queue} could not be removed.")]
        public static partial void SweepFailed(ILogger logger, string queue, Exception exception);
    }
}
