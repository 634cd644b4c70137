using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>One line of a bulk registry call, an import or an export. Source: wire facts 9.4 and the service's OpenAPI document.</summary>
public sealed record ExportImportDevice
{
    /// <summary>Gets the device id.</summary>
    public string? Id { get; init; }

    /// <summary>Gets the module id, or <see langword="null"/> for a device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModuleId { get; init; }

    /// <summary>Gets the identity's etag.</summary>
    [JsonPropertyName("eTag")]
    public string? ETag { get; init; }

    /// <summary>Gets what is to be done; <see langword="null"/> = <see cref="Nave.Api.ImportMode.Create"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImportMode? ImportMode { get; init; }

    /// <summary>Gets the status; <see langword="null"/> = enabled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceStatus? Status { get; init; }

    /// <summary>Gets why it has its status.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StatusReason { get; init; }

    /// <summary>Gets how the identity proves itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceAuthentication? Authentication { get; init; }

    /// <summary>Gets the twin's etag.</summary>
    [JsonPropertyName("twinETag")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TwinETag { get; init; }

    /// <summary>Gets the tags.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Tags { get; init; }

    /// <summary>Gets the twin's properties.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TwinSections? Properties { get; init; }

    /// <summary>Gets the capabilities.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceCapabilities? Capabilities { get; init; }

    /// <summary>Gets who manages a module.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ManagedBy { get; init; }

    /// <summary>Gets the edge scope.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeviceScope { get; init; }

    /// <summary>Gets the scopes above it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ParentScopes { get; init; }

    /// <summary>Makes the identity that this line describes.</summary>
    public DeviceIdentity ToIdentity() => new()
    {
        DeviceId = Id ?? string.Empty,
        ModuleId = string.IsNullOrEmpty(ModuleId) ? null : ModuleId,
        ManagedBy = ManagedBy,
        ETag = ETag,
        Status = Status ?? DeviceStatus.Enabled,
        StatusReason = StatusReason,
        Authentication = Authentication,
        Capabilities = Capabilities,
        DeviceScope = DeviceScope,
        ParentScopes = ParentScopes,
    };
}
