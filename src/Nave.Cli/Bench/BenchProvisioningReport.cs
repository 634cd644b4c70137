namespace Nave.Cli.Bench;

/// <summary>What <c>nave bench provisioning</c> measured.</summary>
/// <param name="Devices">How many devices were provisioned.</param>
/// <param name="InFlight">How many were under way at a time.</param>
/// <param name="ProvisionSeconds">From the first connection to the last assignment.</param>
/// <param name="ProvisionedPerSecond">Devices a second.</param>
/// <param name="ConnectSeconds">From the first connection to the hub to the last.</param>
/// <param name="ConnectedPerSecond">Connections a second.</param>
/// <param name="ConnectedAtOnce">How many devices the hub counted as connected in the end.</param>
/// <param name="ServerCpuSeconds">The processor time of the server, its start included.</param>
internal sealed record BenchProvisioningReport(
    int Devices,
    int InFlight,
    double ProvisionSeconds,
    double ProvisionedPerSecond,
    double ConnectSeconds,
    double ConnectedPerSecond,
    long ConnectedAtOnce,
    double ServerCpuSeconds);
