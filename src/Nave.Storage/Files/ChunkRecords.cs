using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>The records in the payload of a chunk: each a 32-bit length, then its bytes.</summary>
internal static class ChunkRecords
{
    /// <summary>Finds where the last record begins; -1 if the records do not fill the payload exactly.</summary>
    public static int FindLast(ReadOnlySpan<byte> payload, int count)
    {
        var position = 0;
        var last = -1;
        for (var i = 0; i < count; i++)
        {
            last = position;
            if (!TryNext(payload, ref position, out _))
            {
                return -1;
            }
        }

        return position == payload.Length ? last : -1;
    }

    /// <summary>Steps over one record; false if it does not fit.</summary>
    public static bool TryNext(ReadOnlySpan<byte> payload, ref int position, out int length)
    {
        length = 0;
        if (payload.Length - position < ChunkHeader.RecordPrefix)
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32LittleEndian(payload[position..]);
        position += ChunkHeader.RecordPrefix;
        if (length < 0 || length > payload.Length - position)
        {
            return false;
        }

        position += length;
        return true;
    }
}
