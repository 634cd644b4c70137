using System.Buffers;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Devices;

namespace Nave.Hub.Webhooks;

/// <summary>
/// Writes events as Event Grid sends them for an IoT hub, in both schemas. The twin of a created or deleted device is that of the stream's
/// event, completed by the identity as it is now: a hint, as it is in Azure.
/// </summary>
internal sealed class WebhookEventWriter(string hubName, DateTimeOffset hubCreated, IdentityDirectory directory)
{
    private const string Never = "0001-01-01T00:00:00";

    // The form that receivers know; there is no subscription and no resource group here.
    private readonly string _topic =
        $"/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/RESOURCEGROUPS/NAVE/PROVIDERS/MICROSOFT.DEVICES/IOTHUBS/{hubName.ToUpperInvariant()}";

    /// <summary>Makes the id of an event.</summary>
    public string IdOf(WebhookEvent source) => source.IdOf(hubName, hubCreated);

    /// <summary>Writes an event as one delivery.</summary>
    public async ValueTask<byte[]> WriteAsync(WebhookEvent source, WebhookSchema schema, CancellationToken cancellationToken)
    {
        var identity = source.Kind is WebhookEvents.DeviceCreated or WebhookEvents.DeviceDeleted
            ? await directory.FindAsync(source.Device, cancellationToken).ConfigureAwait(false)
            : null;
        if (identity?.GenerationId != source.GenerationId)
        {
            identity = null; // Deleted, or another life of that id.
        }

        return Write(schema, IdOf(source), source.Type, source.Subject, source.Time, json => WriteData(json, source, identity));
    }

    /// <summary>Writes the event that asks a webhook whether it wants events.</summary>
    public byte[] WriteValidation(string code, string validationUrl, DateTimeOffset now) => Write(
        WebhookSchema.EventGrid, Guid.NewGuid().ToString("D"), "Microsoft.EventGrid.SubscriptionValidationEvent", "", now, json =>
        {
            json.WriteString("validationCode"u8, code);
            json.WriteString("validationUrl"u8, validationUrl);
        }, "2");

    private byte[] Write(WebhookSchema schema, string id, string type, string subject, DateTimeOffset time, Action<Utf8JsonWriter> writeData, string dataVersion = "1")
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            var isCloud = schema == WebhookSchema.CloudEvents;
            if (!isCloud)
            {
                json.WriteStartArray();
            }

            json.WriteStartObject();
            if (isCloud)
            {
                json.WriteString("specversion"u8, "1.0");
            }

            json.WriteString("id"u8, id);
            json.WriteString(isCloud ? "source"u8 : "topic"u8, _topic);
            if (!isCloud || subject.Length > 0)
            {
                json.WriteString("subject"u8, subject);
            }

            json.WriteString(isCloud ? "type"u8 : "eventType"u8, type);
            json.WriteString(isCloud ? "time"u8 : "eventTime"u8, WireTime.Format(time));
            if (isCloud)
            {
                json.WriteString("datacontenttype"u8, "application/json");
            }

            json.WriteStartObject("data"u8);
            writeData(json);
            json.WriteEndObject();
            if (!isCloud)
            {
                json.WriteString("dataVersion"u8, dataVersion);
                json.WriteString("metadataVersion"u8, "1");
            }

            json.WriteEndObject();
            if (!isCloud)
            {
                json.WriteEndArray();
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void WriteData(Utf8JsonWriter json, WebhookEvent source, IdentityRecord? identity)
    {
        using (var body = JsonDocument.Parse(source.Body))
        {
            if (source.Kind is WebhookEvents.DeviceCreated or WebhookEvents.DeviceDeleted)
            {
                WriteTwin(json, source.Device.DeviceId, body.RootElement, identity);
            }
            else
            {
                json.WritePropertyName("deviceConnectionStateEventInfo"u8);
                body.RootElement.WriteTo(json);
            }
        }

        json.WriteString("hubName"u8, hubName);
        json.WriteString("deviceId"u8, source.Device.DeviceId);
        if (source.Device.ModuleId is { } module)
        {
            json.WriteString("moduleId"u8, module);
        }
    }

    // Of a device that is gone, what the stream does not tell is as of one that was just made.
    private static void WriteTwin(Utf8JsonWriter json, string deviceId, JsonElement change, IdentityRecord? identity)
    {
        json.WriteStartObject("twin"u8);
        json.WriteString("deviceId"u8, deviceId);
        CopyOr(json, change, "etag", "AAAAAAAAAAE=");
        json.WriteString("deviceEtag"u8, identity?.Etag ?? "null");
        json.WriteString("status"u8, WireNames.Of(identity?.Status ?? DeviceStatus.Enabled));
        json.WriteString("statusUpdateTime"u8, identity is { } known && known.StatusUpdated > DateTimeOffset.MinValue ? WireTime.Format(known.StatusUpdated) : Never);
        json.WriteString("connectionState"u8, "Disconnected");
        json.WriteString("lastActivityTime"u8, Never);
        json.WriteNumber("cloudToDeviceMessageCount"u8, 0);
        json.WriteString("authenticationType"u8, WireNames.Of(identity?.Type ?? AuthenticationType.Sas));
        json.WriteStartObject("x509Thumbprint"u8);
        json.WriteString("primaryThumbprint"u8, identity?.PrimaryThumbprint);
        json.WriteString("secondaryThumbprint"u8, identity?.SecondaryThumbprint);
        json.WriteEndObject();
        foreach (var name in (ReadOnlySpan<string>)["version", "tags", "properties"])
        {
            if (change.TryGetProperty(name, out var value))
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private static void CopyOr(Utf8JsonWriter json, JsonElement change, string name, string fallback)
    {
        json.WritePropertyName(name);
        if (change.TryGetProperty(name, out var value))
        {
            value.WriteTo(json);
        }
        else
        {
            json.WriteStringValue(fallback);
        }
    }
}
