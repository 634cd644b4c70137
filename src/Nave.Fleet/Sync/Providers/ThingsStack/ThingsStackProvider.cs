using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ThingsStack;

/// <summary>
/// One application of The Things Stack v3 (api/ttn/lorawan/v3/end_device*.proto). A device is one of four registries: Identity Server (ids,
/// name, attributes), Join Server (keys), Network Server (versions, frequency plan) and Application Server; it is created in this order
/// and deleted in the reverse one. Lists come from the Identity Server alone, so that only what it keeps is compared.
/// </summary>
internal sealed class ThingsStackProvider : HttpDeviceProvider
{
    private const int EuiDigits = 16;
    private const int KeyDigits = 32;
    private const string Mask = "name,description,attributes";

    private readonly ThingsStackSettings _settings;

    public ThingsStackProvider(ThingsStackSettings settings, ProviderTransportOptions options, ProviderContext context)
        : base(new ProviderTransport("The Things Stack", options, context, Classify), new ApiKeyCredentials(settings.ApiKey))
    {
        _settings = settings;
        Traits = new ProviderTraits
        {
            Name = "thethingsstack",
            KeepsTags = settings.Attributes is null,
            PageSize = settings.PageSize,
            CallsPerSecond = settings.Transport.CallsPerSecond,
            Parallelism = settings.Transport.Parallelism,
            Fields =
            [
                new ProviderField("devEui") { IsRequired = true, CanChange = false },
                new ProviderField("joinEui") { IsRequired = true, CanChange = false },
                new ProviderField("appKey") { IsRequired = true, IsWriteOnly = true },
                new ProviderField("lorawanVersion") { IsRequired = settings.LorawanVersion is null, IsWriteOnly = true },
                new ProviderField("lorawanPhyVersion") { IsRequired = settings.LorawanPhyVersion is null, IsWriteOnly = true },
                new ProviderField("frequencyPlanId") { IsRequired = settings.FrequencyPlanId is null, IsWriteOnly = true },
                new ProviderField("name"),
                new ProviderField("description"),
                .. (settings.Attributes ?? []).Select(name => new ProviderField(name)),
            ],
        };
    }

    public override ProviderTraits Traits { get; }

    /// <summary>
    /// Reads the pages until as many devices came as <c>X-Total-Count</c> says. The order is that of ids, the only one that keeps devices
    /// apart. A device that moved into the next page when another was created comes twice; one that moved out of it when another was
    /// deleted would not come at all, so a count that falls ends the listing.
    /// </summary>
    public override async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long listed = 0;
        long first = 0;
        long total = 0;
        var history = new PageHistory();
        HashSet<string> before = new(StringComparer.Ordinal);
        for (var number = 1; ; number++)
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"?field_mask={Mask}&limit={_settings.PageSize}&page={number}");
            var call = new ProviderCall(HttpMethod.Get, new Uri(Devices(null) + query), $"list page {number} of the devices");
            var answer = await ListingCallAsync(call, listed, cancellationToken).ConfigureAwait(false);
            using var document = InListing(listed, () => answer.Json(JsonValueKind.Object));
            if (answer.TotalCount is not { } count || ParsePage(document.RootElement) is not { } page)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, "The answer is no list of devices with the header X-Total-Count.");
            }

            if (number > 1 && count < total)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"Devices were deleted meanwhile: {total} became {count}.");
            }

            if (page.Count > 0 && !history.Add(page))
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"Page {number} is one that came before.");
            }

            first = number == 1 ? count : first;
            total = count;
            var keys = page.Select(device => device.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var device in page)
            {
                if (!before.Contains(device.Key))
                {
                    listed++;
                    yield return device;
                }
            }

            // What was created meanwhile, before where the listing is, is not in it; what was there from the beginning is.
            if (listed >= total || (listed >= first && page.Count < _settings.PageSize))
            {
                yield break;
            }

            if (keys.Count == 0 || keys.IsSubsetOf(before))
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"{total} devices are there, and page {number} has no new one.");
            }

            if (page.Count < _settings.PageSize)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"{total} devices are there, and page {number}, of {page.Count}, is not full.");
            }

            before = keys;
        }
    }

    public override async Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Get, new Uri($"{Device(null, key)}?field_mask={Mask}"), $"find the device {key}") { Accepts = [404] };
        var answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            return null;
        }

        using var document = answer.Json(JsonValueKind.Object);
        return Parse(document.RootElement)
            ?? throw new ProviderException(ProviderFailure.Transient, $"The Things Stack could not find the device {key}: its answer is no device.");
    }

    public override async Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        var identity = new JsonObject
        {
            ["ids"] = Ids(device),
            ["join_server_address"] = _settings.ClusterUri.Host,
            ["network_server_address"] = _settings.ClusterUri.Host,
            ["application_server_address"] = _settings.ClusterUri.Host,
            ["attributes"] = Attributes(device, []),
        };
        foreach (var name in (ReadOnlySpan<string>)["name", "description"])
        {
            if (device.Fields.TryGetValue(name, out var value))
            {
                identity[name] = value;
            }
        }

        var call = new ProviderCall(HttpMethod.Post, Devices(null), $"create the device {device.Key}")
        {
            Body = Utf8(new JsonObject { ["end_device"] = identity }),
            Secrets = SecretsOf(device),
        };
        try
        {
            await SendAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.AlreadyExists)
        {
            // A creation that broke off between the registries is finished; anything else that exists is another's.
            if (await FindAsync(device.Key, cancellationToken).ConfigureAwait(false) is not { } found
                || found.Fields.GetValueOrDefault("devEui") != device.Fields.GetValueOrDefault("devEui")
                || found.Fields.GetValueOrDefault("joinEui") != device.Fields.GetValueOrDefault("joinEui")
                || await ExistsAsync("as", device.Key, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }

        await SetKeyAsync(device, cancellationToken).ConfigureAwait(false);
        await SetNetworkAsync(device, isNew: true, cancellationToken).ConfigureAwait(false);
        await SetAsync("as", device, [], new JsonObject(), cancellationToken).ConfigureAwait(false);
        return new ExternalDevice { Key = device.Key, Fields = TagsOf(device) };
    }

    public override async Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken)
    {
        // Attributes are replaced as a whole: those that are not ours go back as they are.
        var uri = new Uri($"{Device(null, current.Key)}?field_mask={Mask}");
        var answer = await SendAsync(new ProviderCall(HttpMethod.Get, uri, $"find the device {current.Key}"), cancellationToken).ConfigureAwait(false);
        JsonObject kept;
        using (var document = answer.Json(JsonValueKind.Object))
        {
            kept = document.RootElement.TryGetProperty("attributes", out var attributes) && attributes.ValueKind == JsonValueKind.Object
                ? JsonObject.Create(attributes.Clone())!
                : [];
        }

        var change = new JsonObject
        {
            ["name"] = wanted.Fields.GetValueOrDefault("name") ?? string.Empty,
            ["description"] = wanted.Fields.GetValueOrDefault("description") ?? string.Empty,
            ["attributes"] = Attributes(wanted, kept),
        };
        await SetAsync(null, wanted, ["name", "description", "attributes"], change, cancellationToken).ConfigureAwait(false);
        await SetKeyAsync(wanted, cancellationToken).ConfigureAwait(false);
        await SetNetworkAsync(wanted, isNew: false, cancellationToken).ConfigureAwait(false);
        return new ExternalDevice { Key = current.Key, Fields = TagsOf(wanted) };
    }

    public override async Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        var status = 0;
        foreach (var server in (string?[])["as", "ns", "js", null])
        {
            var call = new ProviderCall(HttpMethod.Delete, Device(server, device.Key), $"delete the device {device.Key}") { Accepts = [404] };
            status = (await SendAsync(call, cancellationToken).ConfigureAwait(false)).Status;
        }

        return status != 404;
    }

    public override IReadOnlyList<TagProblem> Validate(HubDevice device)
    {
        var checks = new TagChecks(device, Traits)
            .Required()
            .Form("devEui", text => TagChecks.IsHex(text, EuiDigits), "16 hexadecimal digits are permitted")
            .Form("joinEui", text => TagChecks.IsHex(text, EuiDigits), "16 hexadecimal digits are permitted")
            .Form("appKey", text => TagChecks.IsHex(text, KeyDigits), "32 hexadecimal digits are permitted")
            .Form("name", text => text.Length <= ThingsStackRules.MaxNameLength, $"at most {ThingsStackRules.MaxNameLength} characters are permitted");
        if (!ThingsStackRules.IsId(device.DeviceId))
        {
            checks.Report("deviceId", $"The device id is '{device.DeviceId}'; {ThingsStackRules.IdForm} are permitted.");
        }

        string[] attributes = [.. device.Tags.Keys.Where(IsAttribute).Order(StringComparer.Ordinal)];
        foreach (var name in attributes)
        {
            if (!ThingsStackRules.IsId(name))
            {
                checks.Report(name, $"The tag '{name}' has a name that no attribute can have; {ThingsStackRules.IdForm} are permitted. List the attributes to keep in the configuration.");
            }

            checks.Form(name, text => text.Length <= ThingsStackRules.MaxAttributeLength, $"at most {ThingsStackRules.MaxAttributeLength} characters are permitted");
        }

        if (attributes.Length > ThingsStackRules.MaxAttributes)
        {
            checks.Report(attributes[ThingsStackRules.MaxAttributes], $"There are {attributes.Length} tags for attributes; {ThingsStackRules.MaxAttributes} are permitted. List the attributes to keep in the configuration.");
        }

        return checks.Problems;
    }

    public override HubDevice ToHub(ExternalDevice device) => new() { DeviceId = device.Key, Tags = TagsOf(device) };

    public override ExternalDevice ToExternal(HubDevice device)
    {
        var fields = FieldsOf(device);
        foreach (var name in (ReadOnlySpan<string>)["devEui", "joinEui"])
        {
            if (fields.TryGetValue(name, out var eui))
            {
                fields[name] = eui.ToUpperInvariant();
            }
        }

        return new ExternalDevice { Key = device.DeviceId, Fields = fields };
    }

    /// <summary>Other EUIs' device has the id of none that could be meant.</summary>
    internal static ProviderFailure? Classify(int status, ProviderError error) =>
        status == 409 && error.Message.Contains("euis_taken", StringComparison.Ordinal) ? ProviderFailure.Permanent : null;

    /// <summary>Reads a page of a list; <see langword="null"/> if it is none.</summary>
    internal IReadOnlyList<ExternalDevice>? ParsePage(JsonElement answer)
    {
        var devices = new List<ExternalDevice>();
        if (answer.TryGetProperty("end_devices", out var items))
        {
            if (items.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            foreach (var item in items.EnumerateArray())
            {
                if (Parse(item) is not { } device)
                {
                    return null;
                }

                devices.Add(device);
            }
        }

        return devices;
    }

    private static string[] SecretsOf(ExternalDevice device) => device.Fields.TryGetValue("appKey", out var key) ? [key] : [];

    private bool IsAttribute(string name) => Traits.Keeps(name) && (Traits.Field(name) is null || (_settings.Attributes?.Contains(name) ?? false));

    private ExternalDevice? Parse(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("ids", out var ids)
            || JsonFields.Text(ids, "device_id") is not { Length: > 0 } id)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (item.TryGetProperty("attributes", out var attributes) && attributes.ValueKind == JsonValueKind.Object)
        {
            foreach (var attribute in attributes.EnumerateObject())
            {
                if (JsonFields.Name(attribute) is { } name && IsAttribute(name))
                {
                    JsonFields.Copy(attributes, name, fields, name);
                }
            }
        }

        JsonFields.Copy(ids, "dev_eui", fields, "devEui");
        JsonFields.Copy(ids, "join_eui", fields, "joinEui");
        JsonFields.Copy(item, "name", fields, "name");
        JsonFields.Copy(item, "description", fields, "description");
        return new ExternalDevice { Key = id, Fields = fields };
    }

    private JsonObject Ids(ExternalDevice device) => new()
    {
        ["device_id"] = device.Key,
        ["dev_eui"] = device.Fields.GetValueOrDefault("devEui"),
        ["join_eui"] = device.Fields.GetValueOrDefault("joinEui"),
        ["application_ids"] = new JsonObject { ["application_id"] = _settings.ApplicationId },
    };

    private JsonObject Attributes(ExternalDevice device, JsonObject existing)
    {
        var attributes = new JsonObject();
        foreach (var (name, value) in existing)
        {
            if (!IsAttribute(name))
            {
                attributes[name] = value?.DeepClone();
            }
        }

        foreach (var (name, value) in device.Fields)
        {
            if (IsAttribute(name))
            {
                attributes[name] = value;
            }
        }

        return attributes;
    }

    /// <summary>The devices of a server: js, ns, as, or <see langword="null"/> for the Identity Server.</summary>
    private Uri Devices(string? server) => HttpSettings.Append(
        server is null ? _settings.BaseUri : _settings.ClusterUri, $"api/v3/{(server is null ? string.Empty : server + "/")}applications/{_settings.ApplicationId}/devices");

    private Uri Device(string? server, string id) => HttpSettings.Append(Devices(server), Uri.EscapeDataString(id));

    private async Task<bool> ExistsAsync(string server, string key, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Get, new Uri($"{Device(server, key)}?field_mask=ids"), $"find the device {key}") { Accepts = [404] };
        return (await SendAsync(call, cancellationToken).ConfigureAwait(false)).Status != 404;
    }

    private Task SetKeyAsync(ExternalDevice device, CancellationToken cancellationToken) => device.Fields.TryGetValue("appKey", out var key)
        ? SetAsync(
            "js",
            device,
            ["network_server_address", "application_server_address", "root_keys.app_key.key"],
            new JsonObject
            {
                ["network_server_address"] = _settings.ClusterUri.Host,
                ["application_server_address"] = _settings.ClusterUri.Host,
                ["root_keys"] = new JsonObject { ["app_key"] = new JsonObject { ["key"] = key } },
            },
            cancellationToken)
        : Task.CompletedTask;

    private Task SetNetworkAsync(ExternalDevice device, bool isNew, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        var fields = new JsonObject();
        foreach (var (field, member, fallback) in (ReadOnlySpan<(string, string, string?)>)
            [
                ("lorawanVersion", "lorawan_version", _settings.LorawanVersion),
                ("lorawanPhyVersion", "lorawan_phy_version", _settings.LorawanPhyVersion),
                ("frequencyPlanId", "frequency_plan_id", _settings.FrequencyPlanId),
            ])
        {
            if ((device.Fields.GetValueOrDefault(field) ?? (isNew ? fallback : null)) is { } value)
            {
                paths.Add(member);
                fields[member] = value;
            }
        }

        if (isNew)
        {
            paths.Add("supports_join");
            fields["supports_join"] = true;
        }

        return paths.Count > 0 ? SetAsync("ns", device, paths, fields, cancellationToken) : Task.CompletedTask;
    }

    private Task<ProviderAnswer> SetAsync(string? server, ExternalDevice device, IReadOnlyList<string> paths, JsonObject fields, CancellationToken cancellationToken)
    {
        fields["ids"] = Ids(device);
        string[] mask = server is null ? [.. paths] : [.. paths, "ids.device_id", "ids.dev_eui", "ids.join_eui", "ids.application_ids"];
        var body = new JsonObject
        {
            ["end_device"] = fields,
            ["field_mask"] = new JsonObject { ["paths"] = new JsonArray([.. mask.Select(path => JsonValue.Create(path))]) },
        };
        var call = new ProviderCall(HttpMethod.Put, Device(server, device.Key), $"set up the device {device.Key}") { Body = Utf8(body), Secrets = SecretsOf(device) };
        return SendAsync(call, cancellationToken);
    }
}
