namespace Nave.Cli.Bench;

/// <summary>How much load, for how long.</summary>
/// <param name="Connections">Connections.</param>
/// <param name="InFlight">Operations under way at a time.</param>
/// <param name="Size">Bytes of a body.</param>
/// <param name="WarmUp">Not measured.</param>
/// <param name="For">Measured.</param>
/// <param name="Rate">Operations a second in all; <see langword="null"/> = as many as there can be.</param>
internal sealed record BenchPlan(int Connections, int InFlight, int Size, TimeSpan WarmUp, TimeSpan For, double? Rate);
