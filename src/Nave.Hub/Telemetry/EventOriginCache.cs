namespace Nave.Hub.Telemetry;

/// <summary>
/// Remembers decoded headers, so that reading a million events of a thousand devices makes a thousand sets of strings.
/// Direct-mapped and lossy: bounded, and needs no lock.
/// </summary>
internal sealed class EventOriginCache
{
    private const int Slots = 8192;

    private readonly EventOrigin?[] _slots = new EventOrigin?[Slots];

    /// <summary>Decodes a header or finds the result of an earlier time.</summary>
    /// <returns><see langword="null"/> if the header holds something that this version does not know.</returns>
    public EventOrigin? Find(ReadOnlySpan<byte> header)
    {
        var hash = default(HashCode);
        hash.AddBytes(header);
        ref var slot = ref _slots[hash.ToHashCode() & (Slots - 1)];
        var origin = Volatile.Read(ref slot);
        if (origin is not null && origin.Matches(header))
        {
            return origin;
        }

        if (EventOrigin.TryDecode(header, out origin))
        {
            Volatile.Write(ref slot, origin);
        }

        return origin;
    }
}
