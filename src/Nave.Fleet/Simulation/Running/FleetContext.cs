using Nave.Client;

namespace Nave.Fleet.Simulation.Running;

/// <summary>What the devices of one run have in common.</summary>
internal sealed class FleetContext
{
    private string? _lastProblem;

    public required SimulationDefinition Definition { get; init; }

    public required string HostName { get; init; }

    public required DeviceClientOptions DeviceOptions { get; init; }

    public required MessageLedger Ledger { get; init; }

    public OutageTimeline? Timeline { get; init; }

    public required CancellationToken Stopping { get; init; }

    public FleetCounters Counters { get; } = new();

    public TimeProvider Time => DeviceOptions.TimeProvider;

    /// <summary>Gets the last thing that went wrong on its own.</summary>
    public string? LastProblem => Volatile.Read(ref _lastProblem);

    public void Report(string problem) => Volatile.Write(ref _lastProblem, problem);
}
