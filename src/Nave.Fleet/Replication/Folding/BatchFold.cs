using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Folding;

/// <summary>
/// Folds a batch of events of one partition into the documents they are about: each document is written once, however many events it had. Twins
/// that have to be read are read after all events of the batch: such a read covers every one of them.
/// </summary>
internal sealed class BatchFold
{
    // Reads of twins at the same time: they are rare, and a hub has limits.
    private const int MaxReads = 16;

    private readonly IReplicaSink _sink;
    private readonly ITwinReader _hub;
    private readonly DocumentCache _cache;
    private readonly Dictionary<IdentityId, Slot> _slots = [];
    private readonly Dictionary<string, List<Slot>> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReadCause> _ended = new(StringComparer.Ordinal);
    private readonly List<HistoryEntry>? _history;
    private int _applied;
    private int _stale;
    private int _reads;

    private BatchFold(IReplicaSink sink, ITwinReader hub, DocumentCache cache, bool keepHistory)
    {
        _sink = sink;
        _hub = hub;
        _cache = cache;
        _history = keepHistory ? [] : null;
    }

    /// <summary>Folds.</summary>
    /// <param name="events">The events in their order.</param>
    /// <param name="sink">Where documents are loaded from that the cache does not hold.</param>
    /// <param name="hub">Where twins are read.</param>
    /// <param name="cache">The documents that were written last.</param>
    /// <param name="keepHistory">Whether values that change are wanted.</param>
    /// <param name="cancellationToken">Ends the work; nothing has been written.</param>
    public static async Task<FoldedBatch> RunAsync(
        IReadOnlyList<TwinEvent> events, IReplicaSink sink, ITwinReader hub, DocumentCache cache, bool keepHistory, CancellationToken cancellationToken)
    {
        var fold = new BatchFold(sink, hub, cache, keepHistory);
        await fold.LoadAsync(events, cancellationToken).ConfigureAwait(false);
        foreach (var change in events)
        {
            fold.Apply(change);
        }

        await fold.SettleAsync(cancellationToken).ConfigureAwait(false);
        return new FoldedBatch
        {
            Changed = [.. fold._slots.Values.Where(slot => slot.IsChanged)],
            History = fold._history ?? [],
            Applied = fold._applied,
            Stale = fold._stale,
            Reads = fold._reads,
        };
    }

    private async Task LoadAsync(IReadOnlyList<TwinEvent> events, CancellationToken cancellationToken)
    {
        var keys = new HashSet<IdentityId>();
        foreach (var change in events)
        {
            keys.Add(change.Key);
            if (change.Key.IsModule)
            {
                keys.Add(new IdentityId(change.Key.DeviceId));
            }
        }

        var missing = new List<IdentityId>();
        foreach (var key in keys)
        {
            if (_cache.Get(key.ToString()) is { } stored)
            {
                AddSlot(key, stored);
            }
            else
            {
                missing.Add(key);
            }
        }

        if (missing.Count == 0)
        {
            return;
        }

        var loaded = (await _sink.LoadAsync(missing, cancellationToken).ConfigureAwait(false)).ToDictionary(stored => stored.Document.Key);
        foreach (var key in missing)
        {
            AddSlot(key, loaded.GetValueOrDefault(key));
        }
    }

    private Slot AddSlot(IdentityId key, StoredDocument? stored)
    {
        var slot = new Slot(key, stored);
        _slots.Add(key, slot);
        if (key.IsModule)
        {
            if (!_modules.TryGetValue(key.DeviceId, out var modules))
            {
                _modules.Add(key.DeviceId, modules = []);
            }

            modules.Add(slot);
        }

        return slot;
    }

    private void Apply(TwinEvent change)
    {
        var slot = _slots[change.Key];
        var device = change.Key.IsModule ? _slots[new IdentityId(change.Key.DeviceId)].Current : null;
        var cause = new ReadCause(change.Operation, change.Time, change.GenerationId);
        if (slot.Cause is not null)
        {
            // It is read after the batch, and so after this event.
            slot.NeedsRead(cause);
            slot.Applied.Add(change);
            return;
        }

        var result = DocumentFold.Apply(slot.Current, change, device);
        switch (result.Kind)
        {
            case FoldKind.Stale:
                _stale++;
                break;
            case FoldKind.Read:
                slot.NeedsRead(cause);
                slot.Applied.Add(change);
                break;
            default:
                Set(slot, result.Document!); // Of Apply there is one.
                slot.Applied.Add(change);
                _applied++;

                // Also where the device was not known to live: what came of a life in between may have told of its modules first.
                if (!change.Key.IsModule && change.Kind is TwinEventKind.Create or TwinEventKind.Delete)
                {
                    EndLife(change.Key.DeviceId, cause);
                }

                break;
        }
    }

    private void Set(Slot slot, ReplicaDocument document)
    {
        if (_history is not null)
        {
            HistoryDiff.Add(slot.Current, document, _history);
        }

        slot.Current = document;
    }

    // With a device its modules go; whether each of those known here did, the hub is asked.
    private void EndLife(string deviceId, ReadCause cause)
    {
        cause = cause with { GenerationId = null };
        _ended[deviceId] = cause;
        foreach (var module in _modules.GetValueOrDefault(deviceId) ?? [])
        {
            if (module.Current is { IsDeleted: false })
            {
                module.NeedsRead(cause);
            }
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_ended.Count > 0)
            {
                foreach (var stored in await _sink.LoadModulesAsync([.. _ended.Keys], cancellationToken).ConfigureAwait(false))
                {
                    // Those of this batch were looked at when their device's life ended.
                    if (!_slots.ContainsKey(stored.Document.Key))
                    {
                        AddSlot(stored.Document.Key, stored).NeedsRead(_ended[stored.Document.Key.DeviceId]);
                    }
                }

                _ended.Clear();
            }

            var waiting = _slots.Values.Where(slot => slot.Cause is not null).ToList();
            if (waiting.Count == 0)
            {
                return;
            }

            var reads = new TwinRead[waiting.Count];
            await Parallel.ForAsync(0, waiting.Count, new ParallelOptions { MaxDegreeOfParallelism = MaxReads, CancellationToken = cancellationToken }, async (i, token) =>
            {
                var slot = waiting[i];
                var cause = slot.Cause!.Value; // Only those with a cause wait.
                reads[i] = await _hub.ReadAsync(slot.Key, cause.GenerationId is not null || slot.Current?.GenerationId is not null, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            for (var i = 0; i < waiting.Count; i++)
            {
                Apply(waiting[i], reads[i]);
            }
        }
    }

    private void Apply(Slot slot, TwinRead read)
    {
        _reads++;
        var cause = slot.Cause!.Value; // As above.
        slot.Cause = null;
        var before = slot.Current;
        if (ReadFold.Apply(slot.Key, before, read, cause) is { } after)
        {
            Set(slot, after);
            _applied++;
        }

        // Only what was read to be in the same life as before is sure to have its modules still.
        if (!slot.Key.IsModule && (before is not { IsDeleted: false } || slot.Current!.IsDeleted || LifeOrder.Compare(before.GenerationId, slot.Current.GenerationId) is not 0))
        {
            EndLife(slot.Key.DeviceId, cause);
        }
    }
}
