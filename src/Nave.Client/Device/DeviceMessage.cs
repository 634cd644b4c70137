using Nave.Api;

namespace Nave.Client;

/// <summary>A cloud-to-device message, or one at a module's input.</summary>
/// <param name="Properties">System and application properties.</param>
/// <param name="Body">The body.</param>
/// <param name="Input">The module's input; <see langword="null"/> for a cloud-to-device message.</param>
public sealed record DeviceMessage(EventProperties Properties, ReadOnlyMemory<byte> Body, string? Input = null);
