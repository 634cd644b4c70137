using System.Text;

namespace Nave.Storage;

/// <summary>What is left of a scan: keys from one on, inclusive, to another, exclusive, as bytes.</summary>
internal sealed class StateScanRange
{
    // No byte of UTF-8 is as high, so it is after every key.
    private static readonly byte[] s_end = [0xFF];

    public StateScanRange(StateScan scan)
    {
        Collection = scan.Collection;
        Terms = scan.AnyOf is { } terms ? [.. terms.Distinct()] : [];
        From = Encoding.UTF8.GetBytes(scan.Prefix);
        To = s_end;
        if (From.Length > 0)
        {
            To = [.. From];
            To[^1]++; // The last byte is below 0xFF, so it does not overflow.
        }

        if (scan.After is { } after)
        {
            var next = Following(after);
            if (next.AsSpan().SequenceCompareTo(From) > 0)
            {
                From = next;
            }
        }
    }

    public string Collection { get; }

    public IReadOnlyList<StateTerm> Terms { get; }

    public byte[] From { get; private set; }

    public byte[] To { get; }

    /// <summary>Goes on after a key.</summary>
    public void MoveAfter(string key) => From = Following(key);

    /// <summary>Makes the first key that can come after another: the same with a NUL at its end.</summary>
    private static byte[] Following(string key)
    {
        var next = new byte[Encoding.UTF8.GetByteCount(key) + 1];
        Encoding.UTF8.GetBytes(key, next);
        return next;
    }
}
