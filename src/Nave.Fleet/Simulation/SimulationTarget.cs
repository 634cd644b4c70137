using Nave.Client;

namespace Nave.Fleet.Simulation;

/// <summary>The hub that a fleet connects to.</summary>
/// <param name="HostName">The hub's host name.</param>
/// <param name="Service">Its service side, for creating devices and reading their keys; the caller disposes of it.</param>
/// <param name="DeviceOptions">How devices connect; its clock is the simulation's.</param>
public sealed record SimulationTarget(string HostName, ServiceClient Service, DeviceClientOptions DeviceOptions);
