using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Hub.Devices;

/// <summary>
/// The identities that were used lately: bounded, striped, evicted by the clock algorithm (an entry that was used since the hand
/// passed gets a second chance). Who loads an identity takes a ticket first, and what was invalidated meanwhile is not added,
/// so an entry is never older than the last write that has returned.
/// </summary>
internal sealed class IdentityCache
{
    private const int StripeCount = 64;

    private readonly Stripe[] _stripes = new Stripe[StripeCount];

    /// <summary>Creates a cache.</summary>
    /// <param name="capacity">How many identities it may hold, about 600 bytes each.</param>
    public IdentityCache(int capacity)
    {
        for (var i = 0; i < StripeCount; i++)
        {
            _stripes[i] = new Stripe(Math.Max(1, capacity / StripeCount));
        }
    }

    public bool TryGet(IdentityId id, [NotNullWhen(true)] out IdentityRecord? record) => StripeOf(id).TryGet(id, out record);

    /// <summary>Takes a ticket; before the identity is read from the store.</summary>
    public long Ticket(IdentityId id) => StripeOf(id).Ticket;

    /// <summary>Adds what was read, unless something of its stripe was invalidated since the ticket was taken.</summary>
    public void Add(IdentityRecord record, long ticket) => StripeOf(record.Id).Add(record, ticket);

    /// <summary>Removes an identity that has been written; before the write returns to its caller.</summary>
    public void Invalidate(IdentityId id) => StripeOf(id).Invalidate(id);

    private Stripe StripeOf(IdentityId id) => _stripes[(uint)id.GetHashCode() % StripeCount];

    private sealed class Stripe(int capacity)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<IdentityId, int> _slots = [];
        private readonly List<Entry> _entries = [];
        private readonly Stack<int> _free = [];
        private long _ticket;
        private int _hand;

        public long Ticket => Volatile.Read(ref _ticket);

        public bool TryGet(IdentityId id, [NotNullWhen(true)] out IdentityRecord? record)
        {
            lock (_lock)
            {
                if (!_slots.TryGetValue(id, out var slot))
                {
                    record = null;
                    return false;
                }

                var entry = _entries[slot];
                entry.Used = true;
                record = entry.Record!;
                return true;
            }
        }

        public void Add(IdentityRecord record, long ticket)
        {
            lock (_lock)
            {
                if (_ticket != ticket)
                {
                    return;
                }

                if (!_slots.TryGetValue(record.Id, out var slot))
                {
                    slot = TakeSlot();
                    _slots.Add(record.Id, slot);
                }

                // Not yet used: one that passes through once must not push out those that come back.
                _entries[slot].Record = record;
                _entries[slot].Used = false;
            }
        }

        public void Invalidate(IdentityId id)
        {
            lock (_lock)
            {
                Volatile.Write(ref _ticket, _ticket + 1);
                if (_slots.Remove(id, out var slot))
                {
                    _entries[slot].Record = null;
                    _free.Push(slot);
                }
            }
        }

        private int TakeSlot()
        {
            if (_free.TryPop(out var slot))
            {
                return slot;
            }

            if (_entries.Count < capacity)
            {
                _entries.Add(new Entry());
                return _entries.Count - 1;
            }

            // All slots are taken, so the hand meets a record within two turns.
            while (true)
            {
                _hand = (_hand + 1) % _entries.Count;
                var entry = _entries[_hand];
                if (entry.Used)
                {
                    entry.Used = false;
                    continue;
                }

                _slots.Remove(entry.Record!.Id);
                return _hand;
            }
        }
    }

    private sealed class Entry
    {
        public IdentityRecord? Record { get; set; }

        public bool Used { get; set; }
    }
}
