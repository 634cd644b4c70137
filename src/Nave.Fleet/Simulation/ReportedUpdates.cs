using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

/// <summary>What a device reports in its twin, and how often.</summary>
/// <param name="Interval">The time between two patches; the first is sent within it.</param>
/// <param name="Patch">The patch.</param>
public sealed record ReportedUpdates(TimeSpan Interval, PayloadTemplate Patch);
