namespace Nave.Fleet.Simulation;

/// <summary>What a fleet did: in all, or up to a second.</summary>
public sealed record SimulationFigures
{
    /// <summary>Gets how long the simulation has run, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the number of devices.</summary>
    public required int Devices { get; init; }

    /// <summary>Gets how many of them are connected.</summary>
    public required int Connected { get; init; }

    /// <summary>Gets how many messages were given to the device clients.</summary>
    public required long Sent { get; init; }

    /// <summary>Gets how many messages the hub acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Gets how many messages failed: they may have been stored nevertheless.</summary>
    public required long Failed { get; init; }

    /// <summary>Gets how many messages were left out because the simulator could not keep up.</summary>
    public required long Skipped { get; init; }

    /// <summary>Gets how many patches of reported properties were accepted.</summary>
    public required long Reported { get; init; }

    /// <summary>Gets how many direct methods were answered.</summary>
    public required long Methods { get; init; }

    /// <summary>Gets how many cloud-to-device messages arrived.</summary>
    public required long Received { get; init; }

    /// <summary>Gets how often a connection was lost, on purpose or not.</summary>
    public required long Disconnects { get; init; }

    /// <summary>Gets messages acknowledged a second: in the last second, or in all.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Gets the time that half of the messages took to be acknowledged, in milliseconds: of the last second, or in all.</summary>
    public required double P50Ms { get; init; }

    /// <summary>Gets the time that 99 of 100 messages took to be acknowledged, in milliseconds: of the last second, or in all.</summary>
    public required double P99Ms { get; init; }
}
