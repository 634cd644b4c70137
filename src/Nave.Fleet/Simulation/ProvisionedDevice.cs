using Nave.Api;

namespace Nave.Fleet.Simulation;

/// <summary>A device that the registry is to have.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Tags">The tags it is created with; undefined = none.</param>
public sealed record ProvisionedDevice(string Id, RawJson Tags = default);
