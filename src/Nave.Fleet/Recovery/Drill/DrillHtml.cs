using System.Globalization;
using System.Net;
using System.Text;

namespace Nave.Fleet.Recovery;

/// <summary>Writes a drill's report as one HTML page that needs nothing else: figures, a time line as SVG, tables.</summary>
public static class DrillHtml
{
    private const int MaxRows = 200;

    private const string Style = """
        :root{color-scheme:light dark;--fg:#1c2530;--soft:#5b6875;--line:#d5dbe1;--bg:#fff;--one:#2f6fb7;--two:#c7791b;--bad:#b3261e;--good:#2b7a3f}
        @media(prefers-color-scheme:dark){:root{--fg:#e4e9ee;--soft:#9aa7b4;--line:#37424d;--bg:#12181e;--one:#6aa5e8;--two:#e5a655;--bad:#ff8a80;--good:#7fcf95}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:1000px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:500}
        .good{color:var(--good)}.bad{color:var(--bad)}.soft{color:var(--soft)}svg{width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}
        .one{fill:var(--one)}.two{fill:var(--two)}.gap{stroke:var(--bad);stroke-width:1}.axis{stroke:var(--line)}.scroll{max-height:28rem;overflow:auto}
        """;

    /// <summary>Makes the page.</summary>
    public static string Render(DrillReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Drill {Text(report.Started)}</title><style>{Style}</style></head><body>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>Fail-over drill: <span class=\"{(report.Passed ? "good\">passed" : "bad\">not passed")}</span></h1>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Text(report.Started)} to {Text(report.Ended)} UTC · {report.Devices} devices, an event every {report.IntervalSeconds:0.###} s · {Html(report.Primary)} and {Html(report.Secondary)} · lost by {(report.Loss == "fence" ? "promotion (standby)" : "command")}</p>\n");
        foreach (var problem in report.Problems)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"bad\">{Html(problem)}</p>\n");
        }

        AddEvents(page, report);
        page.Append("<h2>Time line</h2>\n").Append(DrillTimeline.Render(report));
        foreach (var leg in report.Legs)
        {
            AddLeg(page, leg);
        }

        AddList(page, "Lost events", report.Events.LostEvents);
        AddList(page, "Doubled events", report.Events.DoubledEvents);
        return page.Append("</body></html>\n").ToString();
    }

    internal static string Html(string? text) => WebUtility.HtmlEncode(text ?? "–");

    private static void AddEvents(StringBuilder page, DrillReport report)
    {
        var events = report.Events;
        page.Append("<h2>Events</h2>\n<table><tr><th>sent</th><th>acknowledged</th><th>stored</th><th>lost</th><th>lost, sent after the switch</th><th>doubled</th><th>not readable</th></tr>");
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>{events.Sent}</td><td>{events.Acknowledged}</td><td>{events.Stored}</td><td class=\"{Class(events.Lost)}\">{events.Lost}</td><td class=\"{Class(events.LostAfterSwitch)}\">{events.LostAfterSwitch}</td><td>{events.Doubled}</td><td class=\"{Class(events.Unread)}\">{events.Unread}</td></tr></table>\n");
    }

    private static void AddLeg(StringBuilder page, DrillLeg leg)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{(leg.Direction == "over" ? "Over" : "Back")}: {Html(leg.From)} → {Html(leg.To)}</h2>\n<table>");
        Row(page, "lost", Text(leg.Lost));
        Row(page, "switched", string.Create(CultureInfo.InvariantCulture, $"{Text(leg.Switched)} ({(leg.Switched - leg.Lost).TotalSeconds:0.00} s later)"));
        Row(page, "RPO of the registry: mirror lag at the switch", string.Create(CultureInfo.InvariantCulture, $"{leg.LagEvents?.ToString(CultureInfo.InvariantCulture) ?? "unknown"} events, {leg.LagSeconds:0.00} s"));
        Row(page, "registries after the switch", leg.Registry is { } registry
            ? string.Create(CultureInfo.InvariantCulture, $"{registry.Identities} identities, {registry.Differences} differences, {registry.Extra} only in the other")
            : "not compared");
        if (leg.Merge is { } merge)
        {
            Row(page, "merged", string.Create(CultureInfo.InvariantCulture, $"{merge.Same} the same, {merge.ToOld} to the old hub, {merge.ToNew} to the new, {merge.Conflicts} conflicts"));
        }

        page.Append("</table>\n<table><tr><th>seconds, over all devices</th><th>min</th><th>median</th><th>p95</th><th>max</th></tr>");
        Figures(page, "RTO: loss to sending again", leg.RecoveryTime);
        Figures(page, "switch to sending again", leg.AfterSwitch);
        Figures(page, "no acknowledgement", leg.SendingGap);
        Figures(page, "nothing read", leg.ReadingGap);
        page.Append("</table>\n<table><tr><th>reader of</th><th>last read</th><th>read again</th><th>links lost</th><th>link lost</th><th>link back</th></tr>");
        foreach (var reader in leg.Readers)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Html(reader.Hub)}</td><td>{Clock(reader.ReadingStopped)}</td><td>{Clock(reader.ReadingResumed)}</td><td>{reader.LinksLost}</td><td>{Clock(reader.LinkLost)}</td><td>{Clock(reader.LinkBack)}</td></tr>");
        }

        page.Append("</table>\n<details><summary>Devices, the last to come back first</summary><div class=\"scroll\"><table><tr><th>device</th><th>sending stopped</th><th>resumed</th><th>waited</th><th>reading stopped</th><th>resumed</th></tr>");
        foreach (var client in leg.Clients.OrderByDescending(client => client.SendingResumed ?? DateTimeOffset.MaxValue).Take(MaxRows))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Html(client.Id)}</td><td>{Clock(client.SendingStopped)}</td><td>{Clock(client.SendingResumed)}</td><td>{client.Waited}</td><td>{Clock(client.ReadingStopped)}</td><td>{Clock(client.ReadingResumed)}</td></tr>");
        }

        page.Append("</table></div>");
        if (leg.Clients.Count > MaxRows)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">The JSON report has all {leg.Clients.Count}.</p>");
        }

        page.Append("</details>\n");
    }

    private static void AddList(StringBuilder page, string title, IReadOnlyList<DrillEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n<div class=\"scroll\"><table><tr><th>device</th><th>sequence</th><th>sent</th><th>acknowledged by</th><th>found</th></tr>");
        foreach (var one in events.Take(MaxRows))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Html(one.Device)}</td><td>{one.Sequence}</td><td>{Clock(one.Sent)}</td><td>{Html(one.AcknowledgedBy)}</td><td>{one.Found}</td></tr>");
        }

        page.Append("</table></div>\n");
    }

    private static void Figures(StringBuilder page, string name, DrillFigures? figures)
    {
        if (figures is not null)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{name}</td><td>{figures.Min:0.00}</td><td>{figures.Median:0.00}</td><td>{figures.P95:0.00}</td><td>{figures.Max:0.00}</td></tr>");
        }
    }

    private static void Row(StringBuilder page, string name, string value) =>
        page.Append(CultureInfo.InvariantCulture, $"<tr><th>{name}</th><td>{Html(value)}</td></tr>");

    private static string Class(long bad) => bad > 0 ? "bad" : "good";

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Clock(DateTimeOffset? at) => at?.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) ?? "–";
}
