using System.Globalization;
using System.Text;

namespace Nave.Fleet.Recovery;

/// <summary>Draws the time line of a drill: what each hub acknowledged second by second, and the devices that were away the longest.</summary>
internal static class DrillTimeline
{
    private const double Left = 150;
    private const double Width = 960;
    private const double ChartTop = 24;
    private const double ChartHeight = 110;
    private const double RowHeight = 13;
    private const int Rows = 30;
    private const int MaxLabels = 10;

    public static string Render(DrillReport report)
    {
        var seconds = Math.Max(1, report.Rates.Count);
        var shown = report.Legs
            .SelectMany(leg => leg.Clients)
            .Where(client => client.SendingStopped is not null)
            .GroupBy(client => client.Id)
            .OrderByDescending(gaps => gaps.Max(LengthOf))
            .ThenBy(gaps => gaps.Key, StringComparer.Ordinal)
            .Take(Rows)
            .ToArray();
        var bottom = ChartTop + ChartHeight + 18 + (shown.Length * RowHeight);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width:0} {bottom + 22:0}\" role=\"img\" aria-label=\"Time line\">");
        AddRates(svg, report, seconds);
        AddRows(svg, shown, report, seconds);
        AddMarks(svg, report, seconds, bottom);
        AddAxis(svg, seconds, bottom);
        return svg.Append("</svg>\n<p class=\"soft\">Above: events acknowledged each second, blue by the primary hub, orange by the secondary. Below: the devices that were away the longest; a bar is time in which the device had no acknowledgement, a thin one time in which nothing of it was read. Lines: the loss (L) and the switch (S).</p>\n").ToString();
    }

    private static double LengthOf(DrillClient client) => ((client.SendingResumed ?? DateTimeOffset.MaxValue) - client.SendingStopped)?.TotalSeconds ?? 0;

    private static void AddRates(StringBuilder svg, DrillReport report, int seconds)
    {
        var most = Math.Max(1, report.Rates.Select(rate => rate.Primary + rate.Secondary).DefaultIfEmpty(1).Max());
        var step = (Width - Left) / seconds;
        for (var i = 0; i < report.Rates.Count; i++)
        {
            var (x, one, two) = (Left + (i * step), ChartHeight * report.Rates[i].Primary / most, ChartHeight * report.Rates[i].Secondary / most);
            Bar(svg, "one", x, ChartTop + ChartHeight - one, step, one);
            Bar(svg, "two", x, ChartTop + ChartHeight - one - two, step, two);
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6:0}\" y=\"{ChartTop + 9:0}\" text-anchor=\"end\">{most}/s</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{Left:0}\" x2=\"{Width:0}\" y1=\"{ChartTop + ChartHeight:0}\" y2=\"{ChartTop + ChartHeight:0}\"/>");
    }

    private static void AddRows(StringBuilder svg, IGrouping<string, DrillClient>[] shown, DrillReport report, int seconds)
    {
        var y = ChartTop + ChartHeight + 16;
        foreach (var gaps in shown)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6:0}\" y=\"{y + 8:0.0}\" text-anchor=\"end\">{DrillHtml.Html(gaps.Key.Length > 22 ? gaps.Key[..21] + "…" : gaps.Key)}</text>");
            foreach (var gap in gaps)
            {
                Span(gap.SendingStopped, gap.SendingResumed, y, 6);
                Span(gap.ReadingStopped, gap.ReadingResumed, y + 7, 2);
            }

            y += RowHeight;
        }

        void Span(DateTimeOffset? from, DateTimeOffset? to, double top, double height)
        {
            if (from is { } begin)
            {
                var (x, end) = (X(begin, report, seconds), to is { } at ? X(at, report, seconds) : Width);
                Bar(svg, "two", x, top, Math.Max(1, end - x), height);
            }
        }
    }

    private static void AddMarks(StringBuilder svg, DrillReport report, int seconds, double bottom)
    {
        foreach (var leg in report.Legs)
        {
            foreach (var (at, letter, anchor) in ((DateTimeOffset, string, string)[])[(leg.Lost, "L", "end"), (leg.Switched, "S", "start")])
            {
                var x = X(at, report, seconds);
                svg.Append(CultureInfo.InvariantCulture, $"<line class=\"gap\" x1=\"{x:0.0}\" x2=\"{x:0.0}\" y1=\"{ChartTop - 6:0}\" y2=\"{bottom:0}\"/><text x=\"{x:0.0}\" y=\"{ChartTop - 9:0}\" text-anchor=\"{anchor}\">{letter}</text>");
            }
        }
    }

    private static void AddAxis(StringBuilder svg, int seconds, double bottom)
    {
        var step = Math.Max(1, (int)Math.Ceiling(seconds / (double)MaxLabels / 5) * 5);
        for (var second = 0; second <= seconds; second += step)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + ((Width - Left) * second / seconds):0.0}\" y=\"{bottom + 14:0}\" text-anchor=\"middle\">{second} s</text>");
        }
    }

    private static void Bar(StringBuilder svg, string kind, double x, double y, double width, double height)
    {
        if (height > 0)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"{kind}\" x=\"{x:0.0}\" y=\"{y:0.0}\" width=\"{width:0.00}\" height=\"{height:0.0}\"/>");
        }
    }

    private static double X(DateTimeOffset at, DrillReport report, int seconds) =>
        Math.Clamp(Left + ((Width - Left) * (at - report.Started).TotalSeconds / seconds), Left, Width);
}
