using System.Buffers;
using System.Text;

namespace Nave.Storage;

/// <summary>
/// The terms of one document as one blob, kept in its row: the length of the name (varint), the name, the length of the
/// value (varint), the value, and so on; each term once, ordered by these bytes. So "unchanged" is one comparison.
/// </summary>
internal static class TermList
{
    private const int MaxVarintBytes = 5;

    public static byte[] Encode(IReadOnlyList<StateTerm> terms)
    {
        if (terms.Count == 0)
        {
            return [];
        }

        var items = new byte[terms.Count][];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Encode(terms[i]);
        }

        Array.Sort(items, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var list = new ArrayBufferWriter<byte>(items.Sum(item => item.Length));
        for (var i = 0; i < items.Length; i++)
        {
            if (i == 0 || !items[i].AsSpan().SequenceEqual(items[i - 1]))
            {
                list.Write(items[i]);
            }
        }

        return list.WrittenSpan.ToArray();
    }

    /// <summary>Takes the next term off a list.</summary>
    /// <returns>False at the end, and for bytes that are no list: then <paramref name="list"/> is not empty.</returns>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> list, out TermSpan term)
    {
        var rest = list;
        if (!TryReadText(ref rest, out var name) || !TryReadText(ref rest, out var value))
        {
            term = default;
            return false;
        }

        term = new TermSpan(list[..^rest.Length], name, value);
        list = rest;
        return true;
    }

    private static byte[] Encode(in StateTerm term)
    {
        var nameBytes = Encoding.UTF8.GetByteCount(term.Name);
        var valueBytes = Encoding.UTF8.GetByteCount(term.Value);
        var item = new byte[VarintBytes(nameBytes) + nameBytes + VarintBytes(valueBytes) + valueBytes];
        var rest = WriteText(item, term.Name, nameBytes);
        WriteText(rest, term.Value, valueBytes);
        return item;
    }

    private static Span<byte> WriteText(Span<byte> target, string text, int bytes)
    {
        var at = 0;
        var length = (uint)bytes;
        for (; length >= 0x80; length >>= 7)
        {
            target[at++] = (byte)(length | 0x80);
        }

        target[at++] = (byte)length;
        Encoding.UTF8.GetBytes(text, target[at..]);
        return target[(at + bytes)..];
    }

    private static int VarintBytes(int value)
    {
        var bytes = 1;
        for (var rest = (uint)value >> 7; rest != 0; rest >>= 7)
        {
            bytes++;
        }

        return bytes;
    }

    private static bool TryReadText(scoped ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> text)
    {
        text = default;
        var length = 0UL;
        for (var i = 0; i < list.Length && i < MaxVarintBytes; i++)
        {
            length |= (ulong)(list[i] & 0x7F) << (7 * i);
            if ((list[i] & 0x80) != 0)
            {
                continue;
            }

            if (length > (ulong)(list.Length - i - 1))
            {
                return false;
            }

            text = list.Slice(i + 1, (int)length);
            list = list[(i + 1 + (int)length)..];
            return true;
        }

        return false;
    }
}
