using System.Buffers.Binary;

namespace Nave.Hub;

/// <summary>Whole numbers that stand alone, or first, in a document of the state store: 8 bytes, little-endian.</summary>
internal static class StoredNumber
{
    /// <summary>Reads the number at the start of a document.</summary>
    /// <param name="body">The document's body.</param>
    /// <param name="what">Its collection, for the message.</param>
    /// <param name="maximum">The largest number that makes sense there; the smallest is 0.</param>
    /// <exception cref="InvalidDataException">The document is too short, or the number is out of range.</exception>
    public static long Read(ReadOnlySpan<byte> body, string what, long maximum = long.MaxValue)
    {
        if (body.Length < sizeof(long))
        {
            throw new InvalidDataException($"A document of the collection '{what}' has {body.Length} bytes; {sizeof(long)} are needed: it is damaged.");
        }

        var number = BinaryPrimitives.ReadInt64LittleEndian(body);
        return number >= 0 && number <= maximum
            ? number
            : throw new InvalidDataException($"A document of the collection '{what}' holds {number}; 0 to {maximum} is possible: it is damaged.");
    }
}
