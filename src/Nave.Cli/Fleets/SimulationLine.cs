using System.Text.Json.Serialization;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Fleets;

/// <summary>A line of <c>nave simulate -o json</c>: the figures of one second, or the summary at the end.</summary>
internal sealed record SimulationLine
{
    /// <summary>Gets <c>second</c> or <c>summary</c>.</summary>
    public required string Kind { get; init; }

    public required double Seconds { get; init; }

    public required int Devices { get; init; }

    public required int Connected { get; init; }

    public required long Sent { get; init; }

    public required long Acknowledged { get; init; }

    public required long Failed { get; init; }

    public required long Skipped { get; init; }

    public required long Reported { get; init; }

    public required long Methods { get; init; }

    public required long Received { get; init; }

    public required long Disconnects { get; init; }

    public required double PerSecond { get; init; }

    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    /// <summary>Gets how many devices were created for the run; in the summary.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Created { get; init; }

    /// <summary>Gets how many messages of this run the hub's log holds; in the summary, if that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Stored { get; init; }

    /// <summary>Gets how many messages were acknowledged and are not in the log; in the summary, if that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Lost { get; init; }

    public static SimulationLine Of(string kind, SimulationFigures figures) => new()
    {
        Kind = kind,
        Seconds = figures.Seconds,
        Devices = figures.Devices,
        Connected = figures.Connected,
        Sent = figures.Sent,
        Acknowledged = figures.Acknowledged,
        Failed = figures.Failed,
        Skipped = figures.Skipped,
        Reported = figures.Reported,
        Methods = figures.Methods,
        Received = figures.Received,
        Disconnects = figures.Disconnects,
        PerSecond = figures.PerSecond,
        P50Ms = figures.P50Ms,
        P99Ms = figures.P99Ms,
    };
}
