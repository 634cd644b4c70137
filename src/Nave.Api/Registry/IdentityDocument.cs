namespace Nave.Api;

/// <summary>What a client may send as an identity: every field may be absent or null.</summary>
internal sealed record IdentityDocument
{
    public string? DeviceId { get; init; }

    public string? ModuleId { get; init; }

    public string? ManagedBy { get; init; }

    public string? GenerationId { get; init; }

    public string? ETag { get; init; }

    public string? ConnectionState { get; init; }

    public DeviceStatus? Status { get; init; }

    public string? StatusReason { get; init; }

    public DateTimeOffset? ConnectionStateUpdatedTime { get; init; }

    public DateTimeOffset? StatusUpdatedTime { get; init; }

    public DateTimeOffset? LastActivityTime { get; init; }

    public int? CloudToDeviceMessageCount { get; init; }

    public DeviceAuthentication? Authentication { get; init; }

    public DeviceCapabilities? Capabilities { get; init; }

    public string? DeviceScope { get; init; }

    public IReadOnlyList<string>? ParentScopes { get; init; }
}
