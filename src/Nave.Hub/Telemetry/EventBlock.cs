using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>Copies many small spans into few arrays.</summary>
internal sealed class EventBlock
{
    // Below the 85,000 bytes from which on an array is collected with generation 2 only.
    private const int MaxBlockBytes = 64 * 1024;

    private byte[] _block = [];
    private int _used;

    /// <summary>Copies the kept part of record <paramref name="index"/>; a new block is as large as the records that follow need.</summary>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> kept, IReadOnlyList<LogRecord> records, int index)
    {
        if (kept.Length > _block.Length - _used)
        {
            _block = new byte[Math.Max(kept.Length, Remaining(records, index))];
            _used = 0;
        }

        var copy = _block.AsMemory(_used, kept.Length);
        kept.CopyTo(copy.Span);
        _used += kept.Length;
        return copy;
    }

    private static int Remaining(IReadOnlyList<LogRecord> records, int index)
    {
        var total = 0;
        for (var i = index; i < records.Count && total < MaxBlockBytes; i++)
        {
            total += records[i].Data.Length;
        }

        return Math.Min(total, MaxBlockBytes);
    }
}
