using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>
/// A device or module identity, in the service API's shape. In JSON a device and a module have different fields in a different order
/// (wire facts 9.3, 2.12). A time that never happened is the default value.
/// </summary>
[JsonConverter(typeof(DeviceIdentityConverter))]
public sealed record DeviceIdentity
{
    /// <summary>Gets the device id; empty when a request body leaves it out (the path names it).</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets the module id, or <see langword="null"/> for a device.</summary>
    public string? ModuleId { get; init; }

    /// <summary>Gets who manages a module, such as <c>iotEdge</c>.</summary>
    public string? ManagedBy { get; init; }

    /// <summary>Gets which life of the id this is: a decimal number, new when the identity is created again.</summary>
    public string? GenerationId { get; init; }

    /// <summary>Gets the etag, without quotes.</summary>
    public string? ETag { get; init; }

    /// <summary>Gets a value indicating whether it is connected.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Gets whether it may connect. A module has its device's.</summary>
    public DeviceStatus Status { get; init; }

    /// <summary>Gets why it has its status: at most 128 characters.</summary>
    public string? StatusReason { get; init; }

    /// <summary>Gets when the connection state changed.</summary>
    public DateTimeOffset ConnectionStateUpdatedTime { get; init; }

    /// <summary>Gets when the status changed.</summary>
    public DateTimeOffset StatusUpdatedTime { get; init; }

    /// <summary>Gets when it last sent or received.</summary>
    public DateTimeOffset LastActivityTime { get; init; }

    /// <summary>Gets how many cloud-to-device messages wait.</summary>
    public int CloudToDeviceMessageCount { get; init; }

    /// <summary>Gets how it proves itself; <see langword="null"/> in a request = keys are to be made.</summary>
    public DeviceAuthentication? Authentication { get; init; }

    /// <summary>Gets its capabilities.</summary>
    public DeviceCapabilities? Capabilities { get; init; }

    /// <summary>Gets the edge scope it is in (a leaf) or that it opens (a gateway).</summary>
    public string? DeviceScope { get; init; }

    /// <summary>Gets the scopes above it.</summary>
    public IReadOnlyList<string>? ParentScopes { get; init; }

    /// <summary>Gets the name of this identity.</summary>
    public IdentityId Id => new(DeviceId, ModuleId);
}
