using System.Globalization;
using System.Numerics;

namespace Nave.Fleet.Replication.Folding;

/// <summary>Compares the lives of an id by their generation ids.</summary>
internal static class LifeOrder
{
    /// <summary>Compares two generation ids: below 0 if the first is the earlier life, 0 if they are the same.</summary>
    /// <returns><see langword="null"/> if one is not known, or they differ and are no numbers: then times decide.</returns>
    public static int? Compare(string? left, string? right)
    {
        if (left is null || right is null)
        {
            return null;
        }

        if (left == right)
        {
            return 0;
        }

        return BigInteger.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var one)
            && BigInteger.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out var other)
            ? one.CompareTo(other)
            : null;
    }

    /// <summary>Gets the later of two, as far as that is known.</summary>
    public static string? Later(string? left, string? right) =>
        left is null ? right : right is null || Compare(left, right) is null or >= 0 ? left : right;
}
