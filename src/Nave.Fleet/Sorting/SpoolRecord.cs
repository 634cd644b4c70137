using System.Buffers.Binary;

namespace Nave.Fleet.Sorting;

/// <summary>
/// A record of a spool file: length of the key, length of the value (4 bytes each, little-endian), key, value. Valid until the next is read.
/// </summary>
internal readonly record struct SpoolRecord(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)
{
    public const int HeaderBytes = 8;

    public static void Append(SpoolFile file, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], value.Length);
        file.Append(header);
        file.Append(key);
        file.Append(value);
    }
}
