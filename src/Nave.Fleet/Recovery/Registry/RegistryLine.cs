using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>Makes lines of an export from what a hub's service API gives: a twin, and the identity for what no twin has.</summary>
internal static class RegistryLine
{
    /// <summary>Makes the line of a device or module.</summary>
    /// <param name="twin">As a query or <c>GET /twins/{id}</c> gives it.</param>
    /// <param name="identity">With its keys; <see langword="null"/> = without keys.</param>
    public static ExportImportDevice Of(JsonElement twin, DeviceIdentity? identity)
    {
        var properties = twin.TryGetProperty("properties", out var both) ? both : default;
        return new ExportImportDevice
        {
            Id = twin.GetProperty("deviceId").GetString(),
            ModuleId = Text(twin, "moduleId"),
            ETag = identity?.ETag ?? Text(twin, "deviceEtag"),
            ImportMode = ImportMode.CreateOrUpdate,
            Status = identity?.Status ?? (Text(twin, "status") == "disabled" ? DeviceStatus.Disabled : DeviceStatus.Enabled),
            StatusReason = identity is null ? Text(twin, "statusReason") : identity.StatusReason,
            Authentication = identity?.Authentication,
            TwinETag = Text(twin, "etag"),
            Tags = Member(twin, "tags"),
            Properties = new TwinSections { Desired = Member(properties, "desired"), Reported = Member(properties, "reported") },
            Capabilities = identity?.Capabilities,
            ManagedBy = string.IsNullOrEmpty(identity?.ManagedBy) ? null : identity.ManagedBy,
            DeviceScope = identity is null ? Text(twin, "deviceScope") : identity.DeviceScope,
            ParentScopes = identity?.ParentScopes,
        };
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static RawJson Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? RawJson.From(value) : default;
}
