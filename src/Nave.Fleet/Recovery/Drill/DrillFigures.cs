namespace Nave.Fleet.Recovery;

/// <summary>How spans of time of many clients are spread, in seconds.</summary>
/// <param name="Count">How many clients there are figures of.</param>
/// <param name="Min">The shortest.</param>
/// <param name="Median">The one in the middle.</param>
/// <param name="P95">The one that 95 of 100 are not longer than.</param>
/// <param name="Max">The longest.</param>
public sealed record DrillFigures(int Count, double Min, double Median, double P95, double Max)
{
    internal static DrillFigures? Of(IEnumerable<double?> seconds)
    {
        var sorted = seconds.OfType<double>().Order().ToArray();
        return sorted.Length == 0 ? null : new DrillFigures(sorted.Length, Round(sorted[0]), Round(At(0.5)), Round(At(0.95)), Round(sorted[^1]));

        double At(double fraction) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * fraction) - 1)];
    }

    private static double Round(double seconds) => Math.Round(seconds, 3);
}
