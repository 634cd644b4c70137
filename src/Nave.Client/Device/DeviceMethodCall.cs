using Nave.Api;

namespace Nave.Client;

/// <summary>A direct method that the service calls on this device.</summary>
/// <param name="Name">The method.</param>
/// <param name="Payload">The payload as it was sent; undefined if there is none.</param>
public sealed record DeviceMethodCall(string Name, RawJson Payload);
