using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>A message to a device.</summary>
/// <param name="Properties">System and application properties; <c>message-id</c>, <c>absolute-expiry-time</c> and <c>iothub-ack</c> steer delivery.</param>
/// <param name="Body">At most 64 KiB with the properties.</param>
public sealed record CloudToDeviceMessage(EventProperties Properties, ReadOnlyMemory<byte> Body);
