using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Devices;
using Nave.Storage;

namespace Nave.Hub.Connections;

/// <summary>
/// Keeps the durable side of connections: the last state of each identity that ever connected, what persistent sessions asked
/// for, and the events of changes. Nothing here is on a head's path: changes are noted in memory, one entry an identity however
/// often it changes, and written by a loop, many in one transaction. So a storm of takeovers or reconnects costs one write and at
/// most one event an identity and interval. The event goes through the outbox in the same transaction: it tells the net change, once.
/// Memory: about 200 bytes an identity that has connected, bounded by the registry's cap.
/// </summary>
internal sealed partial class ConnectionTracker : IAsyncDisposable
{
    private const int BatchSize = 256;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a device that was connected when the process died has to come back before it counts as disconnected.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(60);

    /// <summary>How long the last flush may take; what is left is put right by the next start.</summary>
    private static readonly TimeSpan s_lastFlush = TimeSpan.FromSeconds(2);

    private readonly IStateStore _store;
    private readonly Func<ConnectionChange, StateOutboxWrite?> _encode;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<IdentityId, PresenceEntry> _known = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private readonly DateTimeOffset _started;
    private readonly long _startedTimestamp;
    private readonly ConcurrentQueue<KeyValuePair<IdentityId, PresenceEntry>> _dirty = new();
    private ConcurrentQueue<IdentityId> _deleted = new();
    private List<KeyValuePair<IdentityId, PresenceEntry>> _lost = [];
    private Task _loop = Task.CompletedTask;

    private ConnectionTracker(
        IStateStore store, Func<ConnectionChange, StateOutboxWrite?> encode, TimeProvider time, ILogger<ConnectionTracker> logger)
    {
        _store = store;
        _encode = encode;
        _time = time;
        _logger = logger;
        _started = time.GetUtcNow();
        _startedTimestamp = time.GetTimestamp();
    }

    /// <summary>Reads what is stored, and starts writing what changes.</summary>
    /// <param name="store">The hub's store.</param>
    /// <param name="encode">Makes the outbox entry of a change; <see langword="null"/> = no event is wanted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<ConnectionTracker> OpenAsync(
        IStateStore store,
        Func<ConnectionChange, StateOutboxWrite?> encode,
        TimeProvider time,
        ILogger<ConnectionTracker> logger,
        CancellationToken cancellationToken)
    {
        var tracker = new ConnectionTracker(store, encode, time, logger);
        await foreach (var document in store.ScanAsync(new StateScan(ConnectionRecord.Collection), cancellationToken))
        {
            tracker.Restore(IdentityKey.Parse(document.Key), ConnectionRecord.Decode(document.Body.Span));
        }

        tracker._loop = tracker.RunAsync();
        return tracker;
    }

    /// <summary>Notes that an identity has a session.</summary>
    public void Connected(DeviceSession session)
    {
        var entry = Lock(session, out var scope);
        using (scope)
        {
            if (!entry.Connected)
            {
                entry.Connected = true;
                entry.ChangedTicks = session.Opened.UtcTicks;
            }

            entry.Reason = null;
            entry.Epoch = session.Epoch;
            entry.Protocol = session.Link.Protocol;
            entry.ActivityTicks = session.Opened.UtcTicks;
            if (!session.IsPersistent)
            {
                entry.Persistent = DeviceFeatures.None;
            }

            Enqueue(session.Principal.Id, entry);
        }
    }

    /// <summary>Notes that an identity has no session any more.</summary>
    public void Disconnected(DeviceSession session, CloseReason reason)
    {
        var entry = Lock(session, out var scope);
        using (scope)
        {
            if (session.Epoch < entry.Epoch)
            {
                return; // A late word of an older connection.
            }

            entry.Connected = false;
            entry.ChangedTicks = _time.GetUtcNow().UtcTicks;
            entry.ActivityTicks = session.LastActivity.UtcTicks;
            entry.Reason = reason;
            Enqueue(session.Principal.Id, entry);
        }
    }

    /// <summary>Notes what a persistent session asks for now.</summary>
    public void Subscribed(DeviceSession session, DeviceFeatures features)
    {
        var entry = Lock(session, out var scope);
        using (scope)
        {
            if (session.Epoch >= entry.Epoch && entry.Persistent != features)
            {
                entry.Persistent = features;
                Enqueue(session.Principal.Id, entry);
            }
        }
    }

    /// <summary>Forgets an identity that was deleted.</summary>
    public void Forget(IdentityId id)
    {
        if (_known.TryRemove(id, out _))
        {
            _deleted.Enqueue(id);
        }
    }

    /// <summary>Gets what is known of an identity; <see langword="null"/> if it has never connected.</summary>
    public ConnectionRecord? Find(IdentityId id, string generationId)
    {
        if (!_known.TryGetValue(id, out var entry))
        {
            return null;
        }

        lock (entry.Lock)
        {
            return entry.GenerationId == generationId ? entry.ToRecord() : null;
        }
    }

    /// <summary>Gets when an identity was last heard before its connection ended, in UTC ticks; 0 if it has never connected.</summary>
    public long LastActivityTicks(IdentityId id) => _known.TryGetValue(id, out var entry) ? entry.ActivityTicks : 0;

    /// <summary>Writes what is noted now.</summary>
    /// <exception cref="StorageUnavailableException">The store takes no writes; nothing is forgotten.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _flushing.WaitAsync(cancellationToken);
        try
        {
            await WriteDeletedAsync(cancellationToken);

            // What is noted from here on waits for the next interval: however often an identity changes, it is one write an interval.
            for (var left = _dirty.Count; left > 0; left -= BatchSize)
            {
                await WriteBatchAsync(Math.Min(left, BatchSize), cancellationToken);
            }
        }
        finally
        {
            _flushing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        using var deadline = new CancellationTokenSource(s_lastFlush, _time);
        try
        {
            await FlushAsync(deadline.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StorageUnavailableException)
        {
            Log.LastFlushFailed(_logger, e);
        }

        _stop.Dispose();
        _flushing.Dispose();
    }

    /// <summary>Gets the entry of a session's identity, locked, and of the session's generation.</summary>
    private PresenceEntry Lock(DeviceSession session, out Lock.Scope scope)
    {
        var entry = _known.GetOrAdd(session.Principal.Id, static _ => new PresenceEntry());
        scope = entry.Lock.EnterScope();
        if (entry.GenerationId != session.Principal.GenerationId)
        {
            entry.Reset(session.Principal.GenerationId);
        }

        return entry;
    }

    private void Enqueue(IdentityId id, PresenceEntry entry)
    {
        if (!entry.Dirty)
        {
            entry.Dirty = true;
            _dirty.Enqueue(new(id, entry));
        }
    }

    private void Restore(IdentityId id, ConnectionRecord record)
    {
        var entry = new PresenceEntry
        {
            GenerationId = record.GenerationId,
            ChangedTicks = record.ChangedTicks,
            ActivityTicks = record.ActivityTicks,
            Reason = record.Reason,
            Protocol = record.Protocol,
            Persistent = record.Persistent,
            StoredConnected = record.Connected,
        };
        if (record.Connected)
        {
            // It was connected when the process ended: known since this one started. If it comes back soon, nothing has changed.
            entry.ChangedTicks = _started.UtcTicks;
            entry.Reason = CloseReason.ServerShutdown;
            _lost.Add(new(id, entry));
        }

        _known[id] = entry;
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_interval, _time);
        var failing = false;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    SettleLost();
                    await FlushAsync(_stop.Token);
                    failing = false;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    if (!failing)
                    {
                        Log.FlushFailed(_logger, e); // Once an outage: the next interval tries again.
                    }

                    failing = true;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped; DisposeAsync writes what is left.
        }
    }

    /// <summary>After the grace, those that have not come back count as disconnected.</summary>
    private void SettleLost()
    {
        if (_lost.Count == 0 || _time.GetElapsedTime(_startedTimestamp) < s_grace)
        {
            return;
        }

        foreach (var (id, entry) in _lost)
        {
            lock (entry.Lock)
            {
                if (entry.StoredConnected && !entry.Connected)
                {
                    Enqueue(id, entry);
                }
            }
        }

        _lost = [];
    }

    private async Task WriteDeletedAsync(CancellationToken cancellationToken)
    {
        if (_deleted.IsEmpty)
        {
            return;
        }

        var deleted = Interlocked.Exchange(ref _deleted, new ConcurrentQueue<IdentityId>());
        try
        {
            foreach (var batch in deleted.Chunk(BatchSize))
            {
                var transaction = new StateTransaction();
                foreach (var id in batch)
                {
                    transaction.Delete(ConnectionRecord.Collection, IdentityKey.Of(id));
                }

                await _store.CommitAsync(transaction, cancellationToken);
            }
        }
        catch
        {
            foreach (var id in deleted)
            {
                _deleted.Enqueue(id);
            }

            throw;
        }
    }

    private async Task WriteBatchAsync(int count, CancellationToken cancellationToken)
    {
        var transaction = new StateTransaction();
        var batch = new List<(IdentityId Id, PresenceEntry Entry, ConnectionRecord Record)>(count);
        while (count-- > 0 && _dirty.TryDequeue(out var next))
        {
            var (id, entry) = next;
            if (!_known.TryGetValue(id, out var known) || known != entry)
            {
                continue; // Deleted since.
            }

            lock (entry.Lock)
            {
                entry.Dirty = false;
                var record = entry.ToRecord();
                batch.Add((id, entry, record));
                transaction.Put(ConnectionRecord.Collection, IdentityKey.Of(id), record.Encode());
                if (record.Connected != entry.StoredConnected)
                {
                    var time = new DateTimeOffset(record.ChangedTicks, TimeSpan.Zero);
                    if (_encode(new ConnectionChange(id, record.GenerationId, record.Connected, entry.Epoch, time)) is { } message)
                    {
                        transaction.Publish(message.Topic, message.Body);
                    }
                }
            }
        }

        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            await _store.CommitAsync(transaction, cancellationToken);
        }
        catch
        {
            foreach (var (id, entry, _) in batch)
            {
                lock (entry.Lock)
                {
                    Enqueue(id, entry);
                }
            }

            throw;
        }

        foreach (var (id, entry, record) in batch)
        {
            lock (entry.Lock)
            {
                if (entry.GenerationId == record.GenerationId)
                {
                    entry.StoredConnected = record.Connected;
                }
            }

            if (!_known.ContainsKey(id))
            {
                _deleted.Enqueue(id); // It was deleted while it was written.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Connection states cannot be stored now; they are kept in memory and tried again.")]
        public static partial void FlushFailed(ILogger logger, Exception error);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The last connection states were not stored; the next start puts them right.")]
        public static partial void LastFlushFailed(ILogger logger, Exception error);
    }
}
