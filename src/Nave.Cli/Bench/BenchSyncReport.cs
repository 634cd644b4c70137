using System.Text.Json.Serialization;

namespace Nave.Cli.Bench;

/// <summary>What <c>nave bench sync</c> measured. Memory is the peak of the whole process that did it.</summary>
/// <param name="Devices">How many devices both sides have.</param>
/// <param name="Differences">How many changes the plan has.</param>
/// <param name="PlanSeconds">How long the plan took, start of the process included unless it is generated.</param>
/// <param name="PlanPeakMiB">What it needed.</param>
internal sealed record BenchSyncReport(int Devices, long Differences, double PlanSeconds, double PlanPeakMiB)
{
    /// <summary>Gets how long it took to create all devices.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LoadSeconds { get; init; }

    /// <summary>Gets what that needed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LoadPeakMiB { get; init; }

    /// <summary>Gets how long it took to make the changes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ApplySeconds { get; init; }

    /// <summary>Gets what that needed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ApplyPeakMiB { get; init; }

    /// <summary>Gets how many changes a second plan has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Left { get; init; }
}
