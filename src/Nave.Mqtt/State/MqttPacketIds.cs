using System.Numerics;

namespace Nave.Mqtt;

/// <summary>Hands out packet identifiers and knows which are in use, MQTT 3.1.1 §2.3.1, 5.0 §2.2.1. Not thread-safe.</summary>
/// <remarks>
/// A bitmap that starts with 64 identifiers and doubles only when more than half of them are in use: a million connections with a
/// few messages in flight cost 8 bytes each, not 8 KiB. Identifiers rotate, so that a late answer does not meet a reused one.
/// </remarks>
public sealed class MqttPacketIds
{
    private const int WordBits = 64;

    private readonly int _limit;
    private ulong[] _used = new ulong[1];
    private int _next = 1;

    /// <summary>Initializes the allocator.</summary>
    /// <param name="limit">How many may be in use at a time, 1 to 65,535. When all are, <see cref="TryTake"/> refuses.</param>
    public MqttPacketIds(int limit = ushort.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ushort.MaxValue);
        _limit = limit;
        _used[0] = 1; // 0 is never an identifier.
    }

    /// <summary>Gets how many are in use.</summary>
    public int Count { get; private set; }

    /// <summary>Takes the next free identifier.</summary>
    /// <returns><see langword="false"/> if the limit is reached.</returns>
    public bool TryTake(out ushort id)
    {
        id = 0;
        if (Count >= _limit)
        {
            return false;
        }

        if (Count >= _used.Length * WordBits / 2)
        {
            Grow(_used.Length * 2);
        }

        id = FindFree();
        _used[id / WordBits] |= 1UL << (id % WordBits);
        _next = id + 1;
        Count++;
        return true;
    }

    /// <summary>Takes a certain identifier, for a message of an earlier connection.</summary>
    /// <returns><see langword="false"/> if it is 0 or in use, or the limit is reached.</returns>
    public bool TryReserve(ushort id)
    {
        if (id == 0 || Count >= _limit || IsUsed(id))
        {
            return false;
        }

        if (id / WordBits >= _used.Length)
        {
            Grow((int)BitOperations.RoundUpToPowerOf2((uint)(id / WordBits) + 1));
        }

        _used[id / WordBits] |= 1UL << (id % WordBits);
        Count++;
        return true;
    }

    /// <summary>Whether an identifier is in use.</summary>
    public bool IsUsed(ushort id) => id != 0 && id / WordBits < _used.Length && (_used[id / WordBits] & (1UL << (id % WordBits))) != 0;

    /// <summary>Gives an identifier back.</summary>
    /// <returns><see langword="false"/> if it was not in use: the peer answers what was never asked.</returns>
    public bool Release(ushort id)
    {
        if (!IsUsed(id))
        {
            return false;
        }

        _used[id / WordBits] &= ~(1UL << (id % WordBits));
        Count--;
        return true;
    }

    // There is a free one: at most half of the bitmap is in use, or the bitmap is whole and the limit was checked.
    private ushort FindFree()
    {
        var bit = _next < _used.Length * WordBits ? _next : 1;
        var word = bit / WordBits;
        var free = ~_used[word] & (ulong.MaxValue << (bit % WordBits));
        while (free == 0)
        {
            word = (word + 1) % _used.Length;
            free = ~_used[word];
        }

        return (ushort)((word * WordBits) + BitOperations.TrailingZeroCount(free));
    }

    private void Grow(int words)
    {
        const int MaxWords = (ushort.MaxValue + 1) / WordBits;
        if (_used.Length < MaxWords)
        {
            Array.Resize(ref _used, Math.Min(words, MaxWords));
        }
    }
}
