using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Devices, modules and configurations as a state file of <c>az iot hub state export</c> has them, both ways.</summary>
internal static class AzStateForm
{
    /// <summary>Writes the members of a device, without its modules, or of a module.</summary>
    public static void Write(Utf8JsonWriter json, ExportImportDevice line)
    {
        var isModule = !string.IsNullOrEmpty(line.ModuleId);
        json.WriteStartObject("identity");
        WriteAuthentication(json, line.Authentication ?? new DeviceAuthentication());
        if (!isModule)
        {
            json.WriteStartObject("capabilities");
            json.WriteBoolean("iotEdge", line.Capabilities is { IotEdge: true });
            json.WriteEndObject();
            json.WriteString("status", WireNames.Of(line.Status ?? DeviceStatus.Enabled));
            Text(json, "statusReason", line.StatusReason);
        }

        json.WriteString("connectionState", "Disconnected");
        Text(json, "managedBy", line.ManagedBy);
        json.WriteEndObject();

        // A leaf names its parent in its own scope, too.
        if (!isModule && EdgeScope.DeviceOf(line.ParentScopes is [var first, ..] ? first : line.Capabilities is { IotEdge: true } ? null : line.DeviceScope) is { } parent)
        {
            json.WriteString("parent", parent);
        }

        json.WriteStartObject("twin");
        json.WriteStartObject("properties");
        json.WritePropertyName("desired");
        Section(json, line.Properties?.Desired ?? default);
        json.WriteEndObject();
        if (line.Tags is { IsUndefined: false, IsNull: false } && !line.Tags.Utf8.Span.SequenceEqual("{}"u8))
        {
            json.WritePropertyName("tags");
            Section(json, line.Tags);
        }

        if (isModule)
        {
            json.WriteString("status", "enabled");
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a configuration, by its id.</summary>
    public static void Write(Utf8JsonWriter json, ExportImportConfiguration one)
    {
        json.WriteStartObject(one.Id!); // A hub's configuration has one.
        json.WriteString("id", one.Id);
        json.WritePropertyName("content");
        JsonSerializer.Serialize(json, one.Content ?? new ConfigurationContent(), ApiJson.Wire.ConfigurationContent);
        json.WriteStartObject("labels");
        foreach (var (name, value) in one.Labels ?? new Dictionary<string, string>())
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartObject("metrics");
        json.WriteStartObject("queries");
        foreach (var (name, query) in one.Metrics?.Queries ?? new Dictionary<string, string>())
        {
            json.WriteString(name, query);
        }

        json.WriteEndObject();
        json.WriteStartObject("results");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteNumber("priority", one.Priority);
        json.WriteString("targetCondition", one.TargetCondition ?? "");
        json.WriteEndObject();
    }

    /// <summary>Reads a device and its modules.</summary>
    /// <exception cref="ArchiveException">It is not of the form.</exception>
    public static IEnumerable<ExportImportDevice> ReadDevice(string id, ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var device = ReadIdentity(id, null, document.RootElement);
        var parent = Text(document.RootElement, "parent");
        var isEdge = device.Capabilities is { IotEdge: true };
        yield return device with
        {
            DeviceScope = isEdge ? ScopeOf(id) : parent is null ? null : ScopeOf(parent),
            ParentScopes = parent is null ? null : [ScopeOf(parent)],
        };
        if (Member(document.RootElement, "modules") is { ValueKind: JsonValueKind.Object } modules)
        {
            foreach (var module in modules.EnumerateObject())
            {
                yield return ReadIdentity(id, module.Name, module.Value);
            }
        }
    }

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="ArchiveException">It is not of the form.</exception>
    public static ExportImportConfiguration ReadConfiguration(string id, ReadOnlyMemory<byte> utf8) =>
        ApiJson.TryRead(utf8.Span, ApiJson.Default.Configuration, out var one, out var error)
            ? ExportImportConfiguration.From(one with { Id = id, ETag = null }, ImportMode.CreateOrUpdate)
            : throw new ArchiveException($"The configuration '{id}' of the state file cannot be read. {error.Message}");

    // Each hub makes its own; this one says whose it is, and a Nave hub takes it for a device that is new.
    private static string ScopeOf(string deviceId) => $"ms-azure-iot-edge://{deviceId}-1";

    private static ExportImportDevice ReadIdentity(string id, string? module, JsonElement value)
    {
        var (identity, twin) = (Member(value, "identity"), Member(value, "twin"));
        if (identity.ValueKind != JsonValueKind.Object || twin.ValueKind != JsonValueKind.Object)
        {
            throw new ArchiveException($"The {(module is null ? $"device '{id}'" : $"module '{module}' of the device '{id}'")} of the state file has no identity or no twin.");
        }

        var authentication = Member(identity, "authentication");
        DeviceAuthentication? proof = null;
        if (authentication.ValueKind == JsonValueKind.Object
            && !ApiJson.TryRead(RawJson.From(authentication).Utf8.Span, ApiJson.Default.DeviceAuthentication, out proof, out var error))
        {
            throw new ArchiveException($"The authentication of '{id}' in the state file cannot be read. {error.Message}");
        }

        return new ExportImportDevice
        {
            Id = id,
            ModuleId = module,
            ImportMode = ImportMode.CreateOrUpdate,
            Status = Text(identity, "status") == "disabled" ? DeviceStatus.Disabled : DeviceStatus.Enabled,
            StatusReason = Text(identity, "statusReason"),
            Authentication = proof,
            Tags = Member(twin, "tags") is { ValueKind: JsonValueKind.Object } tags ? OneLine(tags) : default,
            Properties = new TwinSections { Desired = Member(Member(twin, "properties"), "desired") is { ValueKind: JsonValueKind.Object } desired ? OneLine(desired) : default },
            Capabilities = module is null ? new DeviceCapabilities { IotEdge = Member(Member(identity, "capabilities"), "iotEdge").ValueKind == JsonValueKind.True } : null,
            ManagedBy = Text(identity, "managedBy"),
        };
    }

    private static void WriteAuthentication(Utf8JsonWriter json, DeviceAuthentication authentication)
    {
        var type = authentication.EffectiveType;
        json.WriteStartObject("authentication");
        json.WriteString("type", WireNames.Of(type));
        if (type == AuthenticationType.Sas)
        {
            json.WriteStartObject("symmetricKey");
            json.WriteString("primaryKey", authentication.SymmetricKey?.PrimaryKey);
            json.WriteString("secondaryKey", authentication.SymmetricKey?.SecondaryKey);
            json.WriteEndObject();
        }

        json.WriteStartObject("x509Thumbprint");
        json.WriteString("primaryThumbprint", authentication.X509Thumbprint?.PrimaryThumbprint);
        json.WriteString("secondaryThumbprint", authentication.X509Thumbprint?.SecondaryThumbprint);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Without what a hub keeps itself.
    private static void Section(Utf8JsonWriter json, RawJson section)
    {
        json.WriteStartObject();
        if (section is { IsUndefined: false, IsNull: false })
        {
            using var document = section.ToDocument();
            foreach (var member in document.RootElement.EnumerateObject().Where(member => !member.Name.StartsWith('$')))
            {
                member.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    // A state file is indented; a line of an archive has no line ends.
    private static RawJson OneLine(JsonElement element)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            element.WriteTo(json);
        }

        return RawJson.FromTrusted(buffer.WrittenMemory);
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text : null;
}
