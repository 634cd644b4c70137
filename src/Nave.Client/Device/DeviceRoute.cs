namespace Nave.Client;

/// <summary>One way to a hub that knows the device: whom to be there, and how to get there.</summary>
internal sealed record DeviceRoute(DeviceLogin Login, StreamConnector Connector);
