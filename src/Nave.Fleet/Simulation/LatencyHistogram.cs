using System.Numerics;

namespace Nave.Fleet.Simulation;

/// <summary>
/// Counts spans of time in classes that are at most 3 % wide, from 1 µs to over an hour, without a lock or an allocation.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int SubCount = 1 << SubBits;
    private const int MaxBits = 32;

    private readonly long[] _counts = new long[(MaxBits - SubBits + 2) * SubCount];

    /// <summary>Gets how many spans were counted.</summary>
    public long Count => _counts.Sum();

    /// <summary>Counts a span.</summary>
    public void Record(TimeSpan span) => Interlocked.Increment(ref _counts[ClassOf((long)span.TotalMicroseconds)]);

    /// <summary>Gets the span that a part of all is not longer than, in milliseconds; 0 if nothing was counted.</summary>
    /// <param name="fraction">0 to 1, such as 0.99.</param>
    public double Percentile(double fraction)
    {
        var rank = (long)Math.Ceiling(Count * fraction);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += Volatile.Read(ref _counts[i]);
            if (seen >= rank && seen > 0)
            {
                return Math.Round(UpperEnd(i) / 1000.0, 3);
            }
        }

        return 0;
    }

    /// <summary>Moves all counts to another histogram, and starts anew.</summary>
    public void MoveTo(LatencyHistogram total)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (Volatile.Read(ref _counts[i]) != 0)
            {
                Interlocked.Add(ref total._counts[i], Interlocked.Exchange(ref _counts[i], 0));
            }
        }
    }

    private static int ClassOf(long microseconds)
    {
        var value = (ulong)Math.Clamp(microseconds, 0, (1L << MaxBits) - 1);
        var bits = 64 - BitOperations.LeadingZeroCount(value);
        if (bits <= SubBits)
        {
            return (int)value;
        }

        // The leading bit is implied by the row; the bits after it are the place in it.
        var shift = bits - SubBits - 1;
        return ((shift + 1) << SubBits) + (int)((value >> shift) & (SubCount - 1));
    }

    private static long UpperEnd(int index)
    {
        var row = index >> SubBits;
        return row == 0 ? index : ((((long)(index & (SubCount - 1)) | SubCount) + 1) << (row - 1)) - 1;
    }
}
