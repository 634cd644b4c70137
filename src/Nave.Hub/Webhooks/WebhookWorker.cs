using Microsoft.Extensions.Logging;
using Nave.Storage;

namespace Nave.Hub.Webhooks;

/// <summary>
/// Brings the events of the stream to one webhook, at least once. It reads the log as a consumer with a position of its own; what was not
/// delivered at the first attempt is stored before the position moves on, and tried again by <see cref="WebhookSchedule"/>. While
/// one event after the other fails, no new ones are read: they wait in the log.
/// </summary>
internal sealed partial class WebhookWorker : IAsyncDisposable
{
    // Deliveries beside each other.
    private const int Width = 8;

    // One event that fails is the event's fault; so many one after the other are the webhook's.
    private const int HoldAfter = 10;

    // More wait in the log.
    private const int MaxPending = 10_000;

    // The oldest dead letters make room for new ones: nobody looks, and the disk is the hub's.
    private const int MaxDead = 10_000;

    private const int ReadBytes = 1 << 20;

    private static readonly TimeSpan s_saveEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_storeWait = TimeSpan.FromSeconds(5);

    private readonly WebhookDefinition _hook;
    private readonly WebhookParts _parts;
    private readonly WebhookStore _store;
    private readonly WebhookSender _sender;
    private readonly long[] _positions;

    // When each waits for; the events themselves are in the store.
    private readonly SortedSet<(DateTimeOffset Next, string Id)> _pending = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private DateTimeOffset _saved;
    private bool _unsaved;
    private int _failures;
    private long _dead;
    private Task _running = Task.CompletedTask;

    private WebhookWorker(WebhookDefinition hook, WebhookParts parts, WebhookStore store, WebhookSender sender, long[] positions)
    {
        _hook = hook;
        _parts = parts;
        _store = store;
        _sender = sender;
        _positions = positions;
        _saved = parts.Time.GetUtcNow();
    }

    /// <summary>Gets how many events wait for another attempt.</summary>
    public int Pending
    {
        get
        {
            lock (_pending)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Gets when an event was delivered last.</summary>
    public DateTimeOffset? LastDelivered { get; private set; }

    /// <summary>Gets what the last failure was.</summary>
    public string? LastProblem { get; private set; }

    /// <summary>Reads what waits and begins.</summary>
    public static async Task<WebhookWorker> StartAsync(
        WebhookDefinition hook, WebhookParts parts, WebhookStore store, WebhookSender sender, CancellationToken cancellationToken)
    {
        var latest = Enumerable.Range(0, parts.Events.PartitionCount).Select(partition => parts.Events.GetState(partition).NextSequence);
        var positions = await store.ReadPositionsAsync(hook.Name, cancellationToken).ConfigureAwait(false);
        var worker = new WebhookWorker(hook, parts, store, sender, positions?.Length == parts.Events.PartitionCount ? positions : [.. latest]);
        worker._dead = await store.CountDeadAsync(hook.Name, cancellationToken).ConfigureAwait(false);
        await foreach (var pending in store.ReadPendingAsync(hook.Name, cancellationToken).ConfigureAwait(false))
        {
            worker._pending.Add((pending.Next, pending.Id));
        }

        worker._running = Task.Run(worker.RunAsync, CancellationToken.None);
        return worker;
    }

    /// <summary>Takes an event that is stored as one that waits.</summary>
    public void Add(PendingDelivery pending)
    {
        lock (_pending)
        {
            _pending.Add((pending.Next, pending.Id));
        }

        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else woke it.
            }
        }
    }

    /// <summary>Ends attempts that are under way, and remembers how far it has read.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _wake.Dispose();
    }

    private async Task RunAsync()
    {
        var cancellation = _stop.Token;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var worked = await RetryDueAsync(cancellation).ConfigureAwait(false);
                worked |= !IsHeld() && await ReadOnAsync(cancellation).ConfigureAwait(false);
                if (_dead > MaxDead)
                {
                    await TrimDeadAsync(cancellation).ConfigureAwait(false);
                }

                if (!worked)
                {
                    await WaitAsync(cancellation).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                // What was not stored is delivered again.
                Log.StoreFailed(_parts.Logger, _hook.Name, e.Message);
                await IgnoreCancelAsync(Task.Delay(s_storeWait, _parts.Time, cancellation)).ConfigureAwait(false);
            }
        }

        try
        {
            await SaveAsync(new StateTransaction()).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            Log.StoreFailed(_parts.Logger, _hook.Name, e.Message);
        }
    }

    private bool IsHeld()
    {
        lock (_pending)
        {
            return _pending.Count >= MaxPending || (_failures >= HoldAfter && _pending.Count > 0);
        }
    }

    // Delivers what waits and is due.
    private async ValueTask<bool> RetryDueAsync(CancellationToken cancellationToken)
    {
        List<(DateTimeOffset Next, string Id)> due;
        lock (_pending)
        {
            var now = _parts.Time.GetUtcNow();
            due = [.. _pending.TakeWhile(entry => entry.Next <= now).Take(Width)];
        }

        if (due.Count == 0)
        {
            return false;
        }

        var deliveries = new List<PendingDelivery>();
        foreach (var (_, id) in due)
        {
            if (await _store.ReadPendingAsync(_hook.Name, id, cancellationToken).ConfigureAwait(false) is { } pending)
            {
                deliveries.Add(pending);
            }
        }

        var outcomes = await DeliverAsync(deliveries, cancellationToken).ConfigureAwait(false);
        var transaction = new StateTransaction();
        foreach (var (delivery, _, _) in outcomes)
        {
            WebhookStore.DeletePending(transaction, _hook.Name, delivery.Id);
        }

        var again = Settle(transaction, outcomes);
        await _store.State.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        lock (_pending)
        {
            _pending.ExceptWith(due);
            _pending.UnionWith(again);
        }

        return true;
    }

    // Reads on, and delivers what the webhook wants of it.
    private async ValueTask<bool> ReadOnAsync(CancellationToken cancellationToken)
    {
        var (found, moved) = (new List<WebhookEvent>(), false);
        var positions = (long[])_positions.Clone();
        for (var partition = 0; partition < positions.Length && found.Count < Width; partition++)
        {
            using var batch = await _parts.Events.ReadBatchAsync(partition, positions[partition], ReadBytes, cancellationToken).ConfigureAwait(false);
            if (batch.Count > 0)
            {
                positions[partition] = WebhookFilter.Collect(batch, partition, _hook.Events, Width, found);
                moved = true;
            }
        }

        if (!moved)
        {
            return false;
        }

        var now = _parts.Time.GetUtcNow();
        if (found.Count == 0)
        {
            positions.CopyTo(_positions, 0);
            _unsaved = true;
            if (now - _saved >= s_saveEvery)
            {
                await SaveAsync(new StateTransaction()).ConfigureAwait(false);
            }

            return true;
        }

        var deliveries = new List<PendingDelivery>(found.Count);
        foreach (var source in found)
        {
            deliveries.Add(new PendingDelivery
            {
                Id = _parts.Writer.IdOf(source),
                Type = source.Type,
                Subject = source.Subject,
                Time = source.Time,
                Begun = source.Time,
                Body = await _parts.Writer.WriteAsync(source, _hook.Schema, cancellationToken).ConfigureAwait(false),
            });
        }

        var outcomes = await DeliverAsync(deliveries, cancellationToken).ConfigureAwait(false);
        var transaction = new StateTransaction();
        var again = Settle(transaction, outcomes);
        positions.CopyTo(_positions, 0);
        _unsaved = true;
        await SaveAsync(transaction).ConfigureAwait(false);
        lock (_pending)
        {
            _pending.UnionWith(again);
        }

        return true;
    }

    private async Task<(PendingDelivery Delivery, WebhookAnswer? Answer, DateTimeOffset Time)[]> DeliverAsync(
        List<PendingDelivery> deliveries, CancellationToken cancellationToken) =>
        await Task.WhenAll(deliveries.Select(async delivery =>
        {
            // Not tried at all when its time is over.
            var answer = _parts.Time.GetUtcNow() - delivery.Begun >= WebhookSchedule.MaxAge
                ? null
                : await _sender.DeliverAsync(_hook, delivery.Body, delivery.Attempts, cancellationToken).ConfigureAwait(false);
            return (delivery, answer, _parts.Time.GetUtcNow());
        })).ConfigureAwait(false);

    // Writes what became of deliveries; returns those that wait from now on.
    private List<(DateTimeOffset Next, string Id)> Settle(
        StateTransaction transaction, (PendingDelivery Delivery, WebhookAnswer? Answer, DateTimeOffset Time)[] outcomes)
    {
        var again = new List<(DateTimeOffset, string)>();
        foreach (var (delivery, answer, now) in outcomes)
        {
            if (answer is { IsDelivered: true })
            {
                _failures = 0;
                (LastDelivered, LastProblem) = (now, null);
                continue;
            }

            var attempts = delivery.Attempts + (answer is null ? 0 : 1);
            var next = now + WebhookSchedule.WaitAfter(Math.Max(attempts, 1));
            var last = answer?.Problem ?? "It was not tried.";
            var reason = answer is null || next - delivery.Begun >= WebhookSchedule.MaxAge ? $"24 h are over. {last}"
                : answer.IsFinal ? last
                : attempts >= WebhookSchedule.MaxAttempts ? $"{attempts} attempts failed. {last}"
                : null;
            LastProblem = last;
            var tried = delivery with { Attempts = attempts, Next = next };
            if (reason is not null)
            {
                WebhookStore.PutDead(transaction, _hook.Name, tried, reason, now);
                _dead++;
                Log.DeadLettered(_parts.Logger, _hook.Name, delivery.Type, delivery.Subject, attempts, reason);
                continue;
            }

            _failures++;
            WebhookStore.PutPending(transaction, _hook.Name, tried);
            again.Add((next, delivery.Id));
            Log.Failed(_parts.Logger, _hook.Name, delivery.Type, delivery.Subject, attempts, last);
        }

        return again;
    }

    private async ValueTask TrimDeadAsync(CancellationToken cancellationToken)
    {
        // Some may have been settled meanwhile, which is not counted here.
        _dead = await _store.CountDeadAsync(_hook.Name, cancellationToken).ConfigureAwait(false);
        if (_dead <= MaxDead)
        {
            return;
        }

        var (transaction, count) = (new StateTransaction(), 0);
        await foreach (var letter in _store.ReadDeadAsync(_hook.Name, (int)Math.Min(_dead - MaxDead, 500), cancellationToken).ConfigureAwait(false))
        {
            WebhookStore.DeleteDead(transaction, _hook.Name, letter.Id);
            count++;
        }

        await _store.State.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        _dead -= count;
        Log.DeadDropped(_parts.Logger, _hook.Name, count, MaxDead);
    }

    private async ValueTask SaveAsync(StateTransaction transaction)
    {
        if (_unsaved)
        {
            WebhookStore.PutPositions(transaction, _hook.Name, _positions);
        }

        if (_unsaved || transaction.Writes.Count > 0)
        {
            await _store.State.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            (_unsaved, _saved) = (false, _parts.Time.GetUtcNow());
        }
    }

    // Until there is something to read, something is due, or somebody puts something in.
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = new List<Task> { _wake.WaitAsync(round.Token) };
        if (!IsHeld())
        {
            for (var partition = 0; partition < _positions.Length; partition++)
            {
                waits.Add(_parts.Events.WaitForAsync(partition, _positions[partition], round.Token).AsTask());
            }
        }

        DateTimeOffset? next;
        lock (_pending)
        {
            next = _pending.Count > 0 ? _pending.Min.Next : null;
        }

        if ((next ?? (_unsaved ? _saved + s_saveEvery : null)) is { } due)
        {
            var wait = due - _parts.Time.GetUtcNow();
            waits.Add(Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _parts.Time, round.Token));
        }

        await Task.WhenAny(waits).ConfigureAwait(false);
        await round.CancelAsync().ConfigureAwait(false);
        foreach (var wait in waits)
        {
            await IgnoreCancelAsync(wait).ConfigureAwait(false);
        }

        if (_unsaved && _parts.Time.GetUtcNow() - _saved >= s_saveEvery)
        {
            await SaveAsync(new StateTransaction()).ConfigureAwait(false);
        }
    }

    private static async Task IgnoreCancelAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Another of them came first.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Webhook {Name}: {Type} of {Subject} failed at attempt {Attempts}: {Reason}")]
        public static partial void Failed(ILogger logger, string name, string type, string subject, int attempts, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Webhook {Name}: {Type} of {Subject} is given up after {Attempts} attempts: {Reason}")]
        public static partial void DeadLettered(ILogger logger, string name, string type, string subject, int attempts, string reason);

        [LoggerMessage(4, LogLevel.Warning, "Webhook {Name}: the {Count} oldest dead letters are gone; {Limit} are kept.")]
        public static partial void DeadDropped(ILogger logger, string name, int count, int limit);

        [LoggerMessage(3, LogLevel.Error, "Webhook {Name} waits for the hub's log and store: {Reason}")]
        public static partial void StoreFailed(ILogger logger, string name, string reason);
    }
}
