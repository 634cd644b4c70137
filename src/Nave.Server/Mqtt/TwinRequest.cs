namespace Nave.Server.Mqtt;

/// <summary>A device's request for its twin, or to report properties.</summary>
/// <param name="IsGet">Whether it asks for the twin.</param>
/// <param name="RequestId">Echoed exactly.</param>
/// <param name="BaseVersion">The version that the device expects, or <see langword="null"/>.</param>
/// <param name="Payload">The patch.</param>
internal sealed record TwinRequest(bool IsGet, byte[] RequestId, long? BaseVersion, byte[] Payload);
