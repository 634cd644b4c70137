using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Writes a device or a module in the hub's field order, with the nulls that it writes (wire facts 9.3, 9.1.9, 2.12).</summary>
internal sealed class DeviceIdentityConverter : JsonConverter<DeviceIdentity>
{
    public override DeviceIdentity? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var document = JsonSerializer.Deserialize(ref reader, IdentityJson.Default.IdentityDocument);
        return document is null ? null : new DeviceIdentity
        {
            DeviceId = document.DeviceId ?? string.Empty,
            ModuleId = string.IsNullOrEmpty(document.ModuleId) ? null : document.ModuleId,
            ManagedBy = document.ManagedBy,
            GenerationId = document.GenerationId,
            ETag = document.ETag,
            IsConnected = string.Equals(document.ConnectionState, "Connected", StringComparison.OrdinalIgnoreCase),
            Status = document.Status ?? DeviceStatus.Enabled,
            StatusReason = document.StatusReason,
            ConnectionStateUpdatedTime = document.ConnectionStateUpdatedTime ?? default,
            StatusUpdatedTime = document.StatusUpdatedTime ?? default,
            LastActivityTime = document.LastActivityTime ?? default,
            CloudToDeviceMessageCount = document.CloudToDeviceMessageCount ?? 0,
            Authentication = document.Authentication,
            Capabilities = document.Capabilities,
            DeviceScope = document.DeviceScope,
            ParentScopes = document.ParentScopes,
        };
    }

    public override void Write(Utf8JsonWriter writer, DeviceIdentity value, JsonSerializerOptions options)
    {
        var times = (JsonConverter<DateTimeOffset>)options.GetConverter(typeof(DateTimeOffset));
        writer.WriteStartObject();
        if (value.ModuleId is not null)
        {
            writer.WriteString("moduleId"u8, value.ModuleId);
            writer.WriteString("managedBy"u8, value.ManagedBy);
        }

        writer.WriteString("deviceId"u8, value.DeviceId);
        writer.WriteString("generationId"u8, value.GenerationId);
        writer.WriteString("etag"u8, value.ETag);
        writer.WriteString("connectionState"u8, value.IsConnected ? "Connected" : "Disconnected");
        if (value.ModuleId is null)
        {
            writer.WriteString("status"u8, WireNames.Of(value.Status));
            writer.WriteString("statusReason"u8, value.StatusReason);
        }

        WriteTime(writer, "connectionStateUpdatedTime"u8, value.ConnectionStateUpdatedTime, times, options);
        if (value.ModuleId is null)
        {
            WriteTime(writer, "statusUpdatedTime"u8, value.StatusUpdatedTime, times, options);
        }

        WriteTime(writer, "lastActivityTime"u8, value.LastActivityTime, times, options);
        writer.WriteNumber("cloudToDeviceMessageCount"u8, value.CloudToDeviceMessageCount);
        WriteAuthentication(writer, value.Authentication);
        if (value.ModuleId is null)
        {
            writer.WriteStartObject("capabilities"u8);
            writer.WriteBoolean("iotEdge"u8, value.Capabilities?.IotEdge ?? false);
            writer.WriteEndObject();
            WriteScopes(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteTime(
        Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset time, JsonConverter<DateTimeOffset> converter, JsonSerializerOptions options)
    {
        writer.WritePropertyName(name);
        converter.Write(writer, time, options);
    }

    private static void WriteAuthentication(Utf8JsonWriter writer, DeviceAuthentication? authentication)
    {
        if (authentication is null)
        {
            return;
        }

        writer.WriteStartObject("authentication"u8);
        writer.WriteStartObject("symmetricKey"u8);
        writer.WriteString("primaryKey"u8, authentication.SymmetricKey?.PrimaryKey);
        writer.WriteString("secondaryKey"u8, authentication.SymmetricKey?.SecondaryKey);
        writer.WriteEndObject();
        writer.WriteStartObject("x509Thumbprint"u8);
        writer.WriteString("primaryThumbprint"u8, authentication.X509Thumbprint?.PrimaryThumbprint);
        writer.WriteString("secondaryThumbprint"u8, authentication.X509Thumbprint?.SecondaryThumbprint);
        writer.WriteEndObject();
        writer.WriteString("type"u8, WireNames.Of(authentication.EffectiveType));
        writer.WriteEndObject();
    }

    private static void WriteScopes(Utf8JsonWriter writer, DeviceIdentity value)
    {
        if (value.DeviceScope is not null)
        {
            writer.WriteString("deviceScope"u8, value.DeviceScope);
        }

        if (value.ParentScopes is not null)
        {
            writer.WriteStartArray("parentScopes"u8);
            foreach (var scope in value.ParentScopes)
            {
                writer.WriteStringValue(scope);
            }

            writer.WriteEndArray();
        }
    }
}
