using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ChirpStack;

/// <summary>
/// One application of a ChirpStack v4 server over its REST API (chirpstack-rest-api before api/proto/api/device.proto). Devices are known by
/// their EUI, lower case; tags are kept, keys never read back.
/// </summary>
internal sealed partial class ChirpStackProvider : HttpDeviceProvider
{
    private const int EuiDigits = 16;
    private const int KeyDigits = 32;
    private const int Internal = 13;

    private readonly ChirpStackSettings _settings;
    private readonly Uri _devices;

    public ChirpStackProvider(ChirpStackSettings settings, ProviderTransportOptions options, ProviderContext context)
        : base(new ProviderTransport("ChirpStack", options, context, Classify), new ApiKeyCredentials(settings.ApiKey))
    {
        _settings = settings;
        _devices = HttpSettings.Append(settings.BaseUri, "api/devices");
        Traits = new ProviderTraits
        {
            Name = "chirpstack",
            KeepsTags = true,
            PageSize = settings.PageSize,
            CallsPerSecond = settings.Transport.CallsPerSecond,
            Parallelism = settings.Transport.Parallelism,
            Fields = settings.DeviceProfileId is null
                ? KnownFields
                : [.. KnownFields.Select(field => field.Name == "deviceProfileId" ? field with { IsRequired = false } : field)],
        };
    }

    /// <summary>Gets the fields; all other names are tags.</summary>
    public static IReadOnlyList<ProviderField> KnownFields { get; } =
    [
        new ProviderField("devEui") { IsRequired = true, CanChange = false },
        new ProviderField("deviceProfileId") { IsRequired = true },
        new ProviderField("nwkKey") { IsRequired = true, IsWriteOnly = true },
        new ProviderField("appKey") { IsWriteOnly = true },
        new ProviderField("joinEui") { IsWriteOnly = true },
        new ProviderField("name"),
        new ProviderField("description"),
    ];

    public override ProviderTraits Traits { get; }

    public override async Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken) =>
        await GetAsync(key, cancellationToken).ConfigureAwait(false) is { } device
        && (string?)device["applicationId"] is { } application
        && application.Equals(_settings.ApplicationId, StringComparison.OrdinalIgnoreCase)
            ? Read(device)
            : null;

    public override async Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        var body = Write(new JsonObject { ["devEui"] = device.Key, ["applicationId"] = _settings.ApplicationId }, device);
        var call = new ProviderCall(HttpMethod.Post, _devices, $"create the device {device.Key}")
        {
            Body = Utf8(new JsonObject { ["device"] = body }),
            Secrets = SecretsOf(device),
        };
        try
        {
            await SendAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.AlreadyExists)
        {
            // A creation that broke off between the device and its keys is finished; anything else that exists is another's.
            if (!device.Fields.ContainsKey("nwkKey")
                || await FindAsync(device.Key, cancellationToken).ConfigureAwait(false) is not { } found
                || !IsSame(found, device)
                || await HasKeysAsync(device.Key, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }

        await SetKeysAsync(device, mayExist: false, cancellationToken).ConfigureAwait(false);
        return new ExternalDevice { Key = device.Key, Fields = TagsOf(device) };
    }

    public override async Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken)
    {
        // An update replaces the device: what is not ours to set goes back as it is.
        var device = await GetAsync(current.Key, cancellationToken).ConfigureAwait(false)
            ?? throw new ProviderException(ProviderFailure.NotFound, $"ChirpStack has no device {current.Key}.");
        var call = new ProviderCall(HttpMethod.Put, Of(current.Key), $"update the device {current.Key}")
        {
            Body = Utf8(new JsonObject { ["device"] = Write(device, wanted) }),
            Secrets = SecretsOf(wanted),
        };
        await SendAsync(call, cancellationToken).ConfigureAwait(false);
        await SetKeysAsync(wanted, mayExist: true, cancellationToken).ConfigureAwait(false);
        return new ExternalDevice { Key = current.Key, Fields = TagsOf(wanted) };
    }

    public override async Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Delete, Of(device.Key), $"delete the device {device.Key}") { Accepts = [404] };
        return (await SendAsync(call, cancellationToken).ConfigureAwait(false)).Status != 404;
    }

    public override IReadOnlyList<TagProblem> Validate(HubDevice device) => new TagChecks(device, Traits)
        .Required()
        .Form("devEui", text => TagChecks.IsHex(text, EuiDigits), "16 hexadecimal digits are permitted")
        .Form("joinEui", text => TagChecks.IsHex(text, EuiDigits), "16 hexadecimal digits are permitted")
        .Form("nwkKey", text => TagChecks.IsHex(text, KeyDigits), "32 hexadecimal digits are permitted")
        .Form("appKey", text => TagChecks.IsHex(text, KeyDigits), "32 hexadecimal digits are permitted")
        .Form("deviceProfileId", text => Guid.TryParseExact(text, "D", out _), "a UUID such as 52f14cd4-c6f1-4fbd-8f87-4025e1d49242 is permitted")
        .Problems;

    public override HubDevice ToHub(ExternalDevice device) => new()
    {
        DeviceId = _settings.IdIsName && device.Fields.TryGetValue("name", out var name) ? name : device.Key,
        Tags = TagsOf(device),
    };

    public override ExternalDevice ToExternal(HubDevice device)
    {
        var fields = FieldsOf(device);
        var eui = (fields.GetValueOrDefault("devEui") ?? device.DeviceId).ToLowerInvariant();
        fields["devEui"] = eui;
        if (_settings.IdIsName || !fields.ContainsKey("name"))
        {
            fields["name"] = device.DeviceId;
        }

        if (_settings.DeviceProfileId is { } profile)
        {
            fields.TryAdd("deviceProfileId", profile);
        }

        return new ExternalDevice { Key = eui, Fields = fields };
    }

    /// <summary>ChirpStack answers what its database or its decoder of hexadecimal refuses as 500 with gRPC's code for internal errors (storage/error.rs, api/error.rs).</summary>
    internal static ProviderFailure? Classify(int status, ProviderError error)
    {
        if (status != 500 || error.Code != Internal)
        {
            return null;
        }

        if (error.Message.Contains("duplicate key value", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("UNIQUE constraint", StringComparison.OrdinalIgnoreCase))
        {
            return ProviderFailure.AlreadyExists;
        }

        return error.Message.Contains("foreign key constraint", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("Invalid character", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("string length", StringComparison.OrdinalIgnoreCase)
                ? ProviderFailure.Permanent
                : null;
    }

    private static string[] SecretsOf(ExternalDevice device) =>
        [.. KnownFields.Where(field => field.IsWriteOnly).Select(field => device.Fields.GetValueOrDefault(field.Name)).OfType<string>()];

    private static bool IsSame(ExternalDevice one, ExternalDevice other) =>
        one.Fields.GetValueOrDefault("name") == other.Fields.GetValueOrDefault("name")
        && one.Fields.GetValueOrDefault("deviceProfileId") == other.Fields.GetValueOrDefault("deviceProfileId");

    private static bool IsTag(string name)
    {
        foreach (var field in KnownFields)
        {
            if (field.Name == name)
            {
                return false;
            }
        }

        return true;
    }

    private static ExternalDevice? Read(JsonObject device)
    {
        using var document = JsonDocument.Parse(device.ToJsonString());
        return ChirpStackPage.ParseDevice(document.RootElement);
    }

    private static JsonObject Write(JsonObject into, ExternalDevice device)
    {
        var tags = new JsonObject();
        foreach (var (name, value) in into["tags"] as JsonObject ?? [])
        {
            if (!IsTag(name))
            {
                tags[name] = value?.DeepClone();
            }
        }

        foreach (var (name, value) in device.Fields)
        {
            if (IsTag(name))
            {
                tags[name] = value;
            }
        }

        into["tags"] = tags;
        into["name"] = device.Fields.GetValueOrDefault("name") ?? device.Key;
        into["description"] = device.Fields.GetValueOrDefault("description") ?? string.Empty;
        if (device.Fields.TryGetValue("deviceProfileId", out var profile))
        {
            into["deviceProfileId"] = profile;
        }

        if (device.Fields.TryGetValue("joinEui", out var joinEui))
        {
            into["joinEui"] = joinEui;
        }

        return into;
    }

    private Uri Of(string eui) => HttpSettings.Append(_devices, Uri.EscapeDataString(eui));

    private async Task<JsonObject?> GetAsync(string key, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Get, Of(key), $"find the device {key}") { Accepts = [404] };
        var answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            return null;
        }

        using var document = answer.Json(JsonValueKind.Object);
        return document.RootElement.TryGetProperty("device", out var device) && ChirpStackPage.ParseDevice(device) is not null
            ? JsonObject.Create(device.Clone())
            : throw new ProviderException(ProviderFailure.Transient, $"ChirpStack could not find the device {key}: its answer has none.");
    }

    private async Task<bool> HasKeysAsync(string key, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Get, HttpSettings.Append(Of(key), "keys"), $"look for keys of the device {key}") { Accepts = [404] };
        return (await SendAsync(call, cancellationToken).ConfigureAwait(false)).Status != 404;
    }

    private async Task SetKeysAsync(ExternalDevice device, bool mayExist, CancellationToken cancellationToken)
    {
        if (!device.Fields.ContainsKey("nwkKey") && !device.Fields.ContainsKey("appKey"))
        {
            return;
        }

        var keys = new JsonObject { ["devEui"] = device.Key };
        foreach (var name in (ReadOnlySpan<string>)["nwkKey", "appKey"])
        {
            if (device.Fields.TryGetValue(name, out var value))
            {
                keys[name] = value;
            }
        }

        var call = new ProviderCall(mayExist ? HttpMethod.Put : HttpMethod.Post, HttpSettings.Append(Of(device.Key), "keys"), $"set the keys of the device {device.Key}")
        {
            Body = Utf8(new JsonObject { ["deviceKeys"] = keys }),
            Accepts = mayExist ? [404] : [],
            Secrets = SecretsOf(device),
        };
        var answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            await SetKeysAsync(device, mayExist: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private Uri ListUri(long offset, int limit) => new(string.Create(
        CultureInfo.InvariantCulture, $"{_devices}?applicationId={_settings.ApplicationId}&orderBy=DEV_EUI&limit={limit}&offset={offset}"));
}
