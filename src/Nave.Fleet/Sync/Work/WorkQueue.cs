using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Storage;

namespace Nave.Fleet.Sync.Work;

/// <summary>
/// A durable queue of devices to look at. An item is durable when it is enqueued and goes when it is done, so work is done at least once
/// and the killed process's items come again. Any thread may call it. Format: docs/formats/sync.md.
/// </summary>
internal sealed class WorkQueue
{
    /// <summary>The collection of items; the key is <c>sync/deviceId</c>.</summary>
    public const string Items = "sync-work";

    /// <summary>The collection that orders items by the time at which they are due; the key is <c>sync/time/deviceId</c>.</summary>
    public const string Schedule = "sync-work-due";

    private const string LeaseTerm = "lease";

    // Devices that are written side by side share one durable commit.
    private const int BatchWidth = 64;

    private readonly IStateStore _store;
    private readonly WorkQueueOptions _options;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private volatile TaskCompletionSource _changed = NewSignal();
    private long _count;

    private WorkQueue(IStateStore store, WorkQueueOptions options, TimeProvider time)
    {
        _store = store;
        _options = options;
        _time = time;
        _prefix = options.Sync + "/";
        DeadLetters = new DeadLetters(store, options.Sync);
    }

    /// <summary>Gets how many items there are, waiting or in work.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Gets what was given up.</summary>
    public DeadLetters DeadLetters { get; }

    /// <summary>Gets a task that ends when something may have become due. Take it before looking.</summary>
    public Task Changed => _changed.Task;

    /// <summary>
    /// Opens the queue, and frees what a process that was killed had in work: whoever opens a store has it alone, so no lease in it is alive.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The store could not be read or written.</exception>
    public static async Task<WorkQueue> OpenAsync(IStateStore store, WorkQueueOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var queue = new WorkQueue(store, options, time);
        var leased = new StateScan(Items) { Prefix = queue._prefix, AnyOf = [new StateTerm(LeaseTerm, options.Sync)] };
        await foreach (var document in store.ScanAsync(leased, cancellationToken).ConfigureAwait(false))
        {
            await queue.ChangeAsync(document.Key[queue._prefix.Length..], item => item?.Lease is null ? item : queue.Freed(item), cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Exchange(ref queue._count, await store.CountAsync(new StateScan(Items) { Prefix = queue._prefix }, cancellationToken).ConfigureAwait(false));
        await queue.DeadLetters.CountAgainAsync(cancellationToken).ConfigureAwait(false);
        return queue;
    }

    /// <summary>Puts a device into the queue, or news of it into its item. Durable once the task ends.</summary>
    /// <exception cref="StorageUnavailableException">It is not durable: the event must come again.</exception>
    public async Task<EnqueueOutcome> EnqueueAsync(WorkRequest request, CancellationToken cancellationToken)
    {
        var outcome = EnqueueOutcome.Full;
        await ChangeAsync(request.DeviceId, item =>
        {
            if (item is null && Count >= _options.Capacity)
            {
                outcome = EnqueueOutcome.Full;
                return null;
            }

            outcome = item is null ? EnqueueOutcome.Added : EnqueueOutcome.Merged;
            return item is null ? NewItem(request) : Merged(item, request);
        }, cancellationToken).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Puts many devices into the queue. Durable once the task ends.</summary>
    /// <returns>How many did not fit: then the same requests must come again. Those that did fit are merged then.</returns>
    /// <exception cref="StorageUnavailableException">Not all are durable: they must come again.</exception>
    public async Task<int> EnqueueAsync(IEnumerable<WorkRequest> requests, CancellationToken cancellationToken)
    {
        var refused = 0;
        foreach (var batch in requests.Chunk(BatchWidth))
        {
            var outcomes = await Task.WhenAll(batch.Select(request => EnqueueAsync(request, cancellationToken))).ConfigureAwait(false);
            refused += outcomes.Count(outcome => outcome == EnqueueOutcome.Full);
        }

        return refused;
    }

    /// <summary>Takes items that are due, the one that is due longest first.</summary>
    /// <param name="max">The most to take, 1 or more.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public async Task<IReadOnlyList<WorkItem>> ClaimAsync(int max, CancellationToken cancellationToken)
    {
        var now = NowMs();
        var due = new List<string>();
        await foreach (var entry in _store.ScanAsync(new StateScan(Schedule) { Prefix = _prefix, Limit = max }, cancellationToken).ConfigureAwait(false))
        {
            if (!TryParseEntry(entry.Key, out var dueMs, out var deviceId) || dueMs > now)
            {
                break;
            }

            due.Add(deviceId);
        }

        var claimed = new List<WorkItem>();
        foreach (var deviceId in due)
        {
            var lease = Guid.NewGuid().ToString("N");
            var item = await ChangeAsync(
                deviceId,
                item => item is null || item.DueMs > now ? item : item with { Lease = lease, DueMs = now + (long)_options.Lease.TotalMilliseconds },
                cancellationToken).ConfigureAwait(false);
            if (item is not null && item.Lease == lease)
            {
                claimed.Add(item);
            }
        }

        return claimed;
    }

    /// <summary>Gets when the next item is due, or its lease ends; <see langword="null"/> if there is none.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in _store.ScanAsync(new StateScan(Schedule) { Prefix = _prefix, Limit = 1 }, cancellationToken).ConfigureAwait(false))
        {
            return TryParseEntry(entry.Key, out var dueMs, out _) ? DateTimeOffset.FromUnixTimeMilliseconds(dueMs) : null;
        }

        return null;
    }

    /// <summary>Lengthens a lease.</summary>
    /// <returns><see langword="false"/> if somebody else has the item.</returns>
    public async Task<bool> RenewAsync(WorkItem claim, CancellationToken cancellationToken)
    {
        var item = await ChangeClaimedAsync(
            claim, item => item with { DueMs = NowMs() + (long)_options.Lease.TotalMilliseconds }, cancellationToken).ConfigureAwait(false);
        return item?.Lease == claim.Lease;
    }

    /// <summary>Takes a finished item out, with what was given up of the device before; if there was news meanwhile it is due again at once.</summary>
    public async Task CompleteAsync(WorkItem claim, CancellationToken cancellationToken)
    {
        await ChangeClaimedAsync(
            claim, item => item.Revision == claim.Revision ? null : Freed(item), cancellationToken).ConfigureAwait(false);
        await DeadLetters.RemoveAsync(claim.DeviceId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts a failed item back; if there was news meanwhile that may help, it is due at once.</summary>
    /// <param name="claim">The item as it was claimed.</param>
    /// <param name="phase">What it waits for now; another phase than before counts its attempts from here.</param>
    /// <param name="delay">When it is due.</param>
    /// <param name="reason">Why it failed, without a secret.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task RetryAsync(WorkItem claim, WorkPhase phase, TimeSpan delay, string reason, CancellationToken cancellationToken) => ChangeClaimedAsync(
        claim,
        item =>
        {
            if (item.Operation != claim.Operation)
            {
                return Freed(item) with { Reason = reason };
            }

            // As when news comes to an item that waits: it may complete a twin, but mends no external system.
            var isNow = item.Revision != claim.Revision && phase == WorkPhase.TwinCheck;
            return Freed(InPhase(item, phase)) with { Reason = reason, DueMs = NowMs() + (isNow ? 0 : (long)delay.TotalMilliseconds) };
        },
        cancellationToken);

    /// <summary>Puts an item back as it was, due at once: the process stops.</summary>
    public Task ReleaseAsync(WorkItem claim, CancellationToken cancellationToken) => ChangeClaimedAsync(claim, Freed, cancellationToken);

    /// <summary>Moves an item to the dead letters in one step; if there was news meanwhile it is tried again instead.</summary>
    /// <returns><see langword="false"/> if it is tried again.</returns>
    public async Task<bool> GiveUpAsync(WorkItem claim, WorkPhase phase, string reason, bool permanent, CancellationToken cancellationToken)
    {
        var left = await ChangeClaimedAsync(
            claim,
            item => item.Revision == claim.Revision ? null : Freed(item) with { Reason = reason },
            cancellationToken,
            (transaction, item) =>
            {
                var attempts = InPhase(item, phase).Attempts;
                DeadLetters.Add(transaction, new DeadLetter
                {
                    DeviceId = item.DeviceId,
                    Operation = item.Operation,
                    Phase = phase,
                    Attempts = attempts,
                    FirstSeen = item.FirstSeen,
                    FailedTime = _time.GetUtcNow(),
                    Reason = reason,
                    Permanent = permanent,
                });
            }).ConfigureAwait(false);
        await DeadLetters.CountAgainAsync(cancellationToken).ConfigureAwait(false);
        return left is null;
    }

    /// <summary>Puts a dead letter back into the queue, with fresh attempts.</summary>
    /// <returns><see langword="false"/> if there is no such letter, or no room.</returns>
    public async Task<bool> RetryDeadAsync(string deviceId, CancellationToken cancellationToken)
    {
        if (await DeadLetters.FindAsync(deviceId, cancellationToken).ConfigureAwait(false) is not { } letter)
        {
            return false;
        }

        // The letter goes after the item is durable: a kill between leaves both, and the item's end takes the letter away.
        var request = new WorkRequest(deviceId, letter.Operation, "dead");
        if (await EnqueueAsync(request, cancellationToken).ConfigureAwait(false) == EnqueueOutcome.Full)
        {
            return false;
        }

        await DeadLetters.RemoveAsync(deviceId, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Lists items in the order of their ids.</summary>
    public async IAsyncEnumerable<WorkItem> ListAsync(
        int max, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in _store.ScanAsync(new StateScan(Items) { Prefix = _prefix, Limit = max }, cancellationToken).ConfigureAwait(false))
        {
            yield return WorkJson.Read(document.Body, WorkJson.Default.WorkItem);
        }
    }

    /// <summary>Lists the items that are due next, in that order.</summary>
    public async IAsyncEnumerable<WorkItem> ListNextAsync(
        int max, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in _store.ScanAsync(new StateScan(Schedule) { Prefix = _prefix, Limit = max }, cancellationToken).ConfigureAwait(false))
        {
            if (TryParseEntry(entry.Key, out _, out var deviceId) && await _store.ReadAsync(Items, _prefix + deviceId, cancellationToken).ConfigureAwait(false) is { } document)
            {
                yield return WorkJson.Read(document.Body, WorkJson.Default.WorkItem);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Fifteen digits reach the year 33658 and sort as numbers do.
    private string EntryOf(WorkItem item) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{item.DueMs:D15}/{item.DeviceId}");

    private bool TryParseEntry(string entry, out long dueMs, out string deviceId)
    {
        var rest = entry.AsSpan(_prefix.Length);
        var slash = rest.IndexOf('/');
        deviceId = new string(rest[(slash + 1)..]);
        return long.TryParse(rest[..Math.Max(slash, 0)], NumberStyles.None, CultureInfo.InvariantCulture, out dueMs);
    }

    private static WorkPhase FirstPhase(WorkOperation operation) => operation == WorkOperation.Delete ? WorkPhase.ExternalCall : WorkPhase.TwinCheck;

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private WorkItem NewItem(WorkRequest request)
    {
        var now = _time.GetUtcNow();
        return new WorkItem
        {
            DeviceId = request.DeviceId,
            Operation = request.Operation,
            Phase = FirstPhase(request.Operation),
            FirstSeen = now,
            PhaseSince = now,
            DueMs = now.ToUnixTimeMilliseconds(),
            Source = request.Source,
        };
    }

    private WorkItem Merged(WorkItem item, WorkRequest request)
    {
        var isOther = item.Operation != request.Operation;
        var merged = item with { Operation = request.Operation, Source = request.Source, Revision = item.Revision + 1 };
        if (isOther)
        {
            merged = merged with { Phase = FirstPhase(request.Operation), Attempts = 0, PhaseSince = _time.GetUtcNow() };
        }

        // News may complete a twin, so it is looked at now. It does not mend an external system that fails: that keeps its interval.
        var isNow = item.Lease is null && (isOther || item.Phase == WorkPhase.TwinCheck || request.Source == "dead");
        return isNow ? merged with { DueMs = Math.Min(NowMs(), item.DueMs) } : merged;
    }

    // The phase that the last attempt ended in, with that attempt counted.
    private WorkItem InPhase(WorkItem item, WorkPhase phase) => item.Phase == phase
        ? item with { Attempts = item.Attempts + 1 }
        : item with { Phase = phase, Attempts = 1, PhaseSince = _time.GetUtcNow() };

    private WorkItem Freed(WorkItem item) => item with { Lease = null, DueMs = NowMs() };

    private Task<WorkItem?> ChangeClaimedAsync(
        WorkItem claim, Func<WorkItem, WorkItem?> change, CancellationToken cancellationToken, Action<StateTransaction, WorkItem>? onRemoval = null) =>
        ChangeAsync(claim.DeviceId, item => item is null || item.Lease != claim.Lease ? item : change(item), cancellationToken, onRemoval);

    // Changes an item and its place in the schedule in one transaction, and again if somebody else changed it meanwhile.
    private async Task<WorkItem?> ChangeAsync(
        string deviceId, Func<WorkItem?, WorkItem?> change, CancellationToken cancellationToken, Action<StateTransaction, WorkItem>? onRemoval = null)
    {
        var key = _prefix + deviceId;
        while (true)
        {
            var document = await _store.ReadAsync(Items, key, cancellationToken).ConfigureAwait(false);
            var before = document is null ? null : WorkJson.Read(document.Body, WorkJson.Default.WorkItem);
            var after = change(before);
            if (ReferenceEquals(before, after))
            {
                return after;
            }

            var transaction = new StateTransaction();
            if (before is not null)
            {
                transaction.Delete(Schedule, EntryOf(before));
            }

            if (after is null)
            {
                transaction.Delete(Items, key, document!.Version); // Something went, so it was there.
                onRemoval?.Invoke(transaction, before!);
            }
            else
            {
                transaction.Put(
                    Items,
                    key,
                    JsonSerializer.SerializeToUtf8Bytes(after, WorkJson.Default.WorkItem),
                    document?.Version ?? StateTransaction.Absent,
                    after.Lease is null ? [] : [new StateTerm(LeaseTerm, _options.Sync)]);
                transaction.Put(Schedule, EntryOf(after), default);
            }

            var outcome = await _store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
            if (!outcome.Applied)
            {
                continue;
            }

            Interlocked.Add(ref _count, (after is null ? 0 : 1) - (before is null ? 0 : 1));
            if (after is { Lease: null })
            {
                Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
            }

            return after;
        }
    }
}
