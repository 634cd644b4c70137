using Nave.Client;

namespace Nave.Fleet.Simulation;

/// <summary>The hub that a fleet connects to.</summary>
/// <param name="HostName">The hub's host name.</param>
/// <param name="Service">Its service side, for creating devices and reading their keys; the caller disposes of it.</param>
/// <param name="DeviceOptions">How devices connect; its clock is the simulation's.</param>
public sealed record SimulationTarget(string HostName, ServiceClient Service, DeviceClientOptions DeviceOptions)
{
    /// <summary>Gets what is told when a device stops sending and when it resumes; <see langword="null"/> = nothing.</summary>
    public OutageTimeline? Timeline { get; init; }

    /// <summary>Gets what is told how to recognise the run's messages before the first is sent.</summary>
    public Action<MessageLedger>? Starting { get; init; }
}
