using System.Globalization;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Fleets;

/// <summary>A line of <c>nave simulate --timeline -o json</c>: one client's outage.</summary>
internal sealed record OutageLine(
    string Kind, string Client, string What, DateTimeOffset Stopped, DateTimeOffset? Resumed, double? Seconds, string? Hub, int Waited, string? Reason)
{
    public static OutageLine Of(Outage outage) => new(
        "outage",
        outage.Client,
        outage.What,
        outage.Stopped,
        outage.Resumed,
        outage.Resumed is { } resumed ? Math.Round((resumed - outage.Stopped).TotalSeconds, 3) : null,
        outage.Hub,
        outage.Waited,
        outage.Reason);

    /// <summary>Makes the form for people.</summary>
    public static string TextOf(Outage outage) => outage.Resumed is { } resumed
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{resumed:HH:mm:ss.fff} {outage.Client}: {outage.What} resumed on {outage.Hub} after {(resumed - outage.Stopped).TotalSeconds:0.0} s (stopped {outage.Stopped:HH:mm:ss.fff}{(outage.Waited > 0 ? $", {outage.Waited} events waited" : "")})")
        : string.Create(CultureInfo.InvariantCulture, $"{outage.Stopped:HH:mm:ss.fff} {outage.Client}: {outage.What} stopped{(outage.Reason is { } reason ? $": {reason}" : "")}");
}
