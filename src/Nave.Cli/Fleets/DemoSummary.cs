namespace Nave.Cli.Fleets;

/// <summary>How a demo ended.</summary>
/// <param name="Devices">The number of devices.</param>
/// <param name="Sent">Messages given to the device clients.</param>
/// <param name="Acknowledged">Messages that the hub acknowledged.</param>
/// <param name="Stored">Messages of this run that the hub's log holds, counted by reading it, each once.</param>
/// <param name="Lost">Messages that were acknowledged and are not in the log.</param>
/// <param name="P50Ms">What half of the acknowledgements took at most, in milliseconds.</param>
/// <param name="P99Ms">What 99 of 100 acknowledgements took at most, in milliseconds.</param>
internal sealed record DemoSummary(int Devices, long Sent, long Acknowledged, long Stored, long Lost, double P50Ms, double P99Ms);
