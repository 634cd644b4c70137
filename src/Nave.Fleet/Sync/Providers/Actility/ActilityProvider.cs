using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.Actility;

/// <summary>
/// Actility ThingPark over its DX Admin and DX Core APIs. Devices are known by their EUI; the API's own handle is <c>ref</c>. Pages are counted
/// from 1, hold 100 and end with 404; there is no count of all, so that a listing proves itself whole otherwise (see <see cref="ListAsync"/>).
/// </summary>
internal sealed class ActilityProvider : HttpDeviceProvider
{
    private const int EuiDigits = 16;
    private const int KeyDigits = 32;

    private readonly ActilitySettings _settings;

    public ActilityProvider(ActilitySettings settings, ProviderTransportOptions options, ProviderContext context)
        : this(settings, new ProviderTransport("ThingPark", options, context), context.TimeProvider)
    {
    }

    private ActilityProvider(ActilitySettings settings, ProviderTransport transport, TimeProvider time)
        : base(transport, new ClientCredentials(transport, time, settings.TokenUri, settings.ClientId, settings.ClientSecret))
    {
        _settings = settings;
        Traits = new ProviderTraits
        {
            Name = "actility",
            PageSize = 100,
            CallsPerSecond = settings.Transport.CallsPerSecond,
            Parallelism = settings.Transport.Parallelism,
            Fields =
            [
                new ProviderField("EUI") { IsRequired = true, CanChange = false },
                new ProviderField("activationType") { IsRequired = true, CanChange = false },
                new ProviderField("deviceProfileId") { IsRequired = true },
                new ProviderField("applicationEUI") { IsRequired = true },
                new ProviderField("applicationKey") { IsRequired = true, IsWriteOnly = true, CanChange = false },
                new ProviderField("name"),
                new ProviderField("connectivityPlanId"),
                new ProviderField("routingProfileId"),
                new ProviderField("processingStrategyId"),
            ],
        };
    }

    public override ProviderTraits Traits { get; }

    /// <summary>
    /// Reads page after page until one is 404 by an error of the API itself. A page that is not full has to be the last, and is read twice; a
    /// page that came before ends the listing, and so does one without extended information, whose fields would look like changes.
    /// </summary>
    public override async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var history = new PageHistory();
        IReadOnlyList<ExternalDevice> last = [];
        long listed = 0;
        for (var index = 1; ; index++)
        {
            var page = await ReadPageAsync(index, listed, cancellationToken).ConfigureAwait(false);
            if (page.Count > 0 && last.Count > 0 && last.Count < Traits.PageSize)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"Page {index - 1} has {last.Count} devices, fewer than {Traits.PageSize}, and is not the last.");
            }

            if (page.Count == 0)
            {
                if (last.Count > 0 && last.Count < Traits.PageSize
                    && !(await ReadPageAsync(index - 1, listed, cancellationToken).ConfigureAwait(false)).Select(device => device.Key).SequenceEqual(last.Select(device => device.Key)))
                {
                    throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"Page {index - 1}, the last, is another when it is read again.");
                }

                yield break;
            }

            if (!history.Add(page))
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"Page {index} is one that came before.");
            }

            foreach (var device in page)
            {
                listed++;
                yield return device;
            }

            last = page;
        }
    }

    public override async Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Get, With($"deviceEUI={Uri.EscapeDataString(key)}&extendedInfo=true"), $"find the device {key}") { Accepts = [404] };
        var answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            return null;
        }

        using var document = answer.Json(JsonValueKind.Array);
        foreach (var item in document.RootElement.EnumerateArray())
        {
            if (Parse(item) is { } device && device.Key == key)
            {
                return device;
            }
        }

        return null;
    }

    public override async Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        var body = new JsonObject();
        foreach (var field in Traits.Fields)
        {
            if (device.Fields.TryGetValue(field.Name, out var value))
            {
                body[field.Name] = value;
            }
        }

        var call = new ProviderCall(HttpMethod.Post, _settings.DevicesUri, $"create the device {device.Key}") { Body = Utf8(body), Secrets = SecretsOf(device) };
        var answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Merge(device, answer, null);
    }

    public override async Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken)
    {
        var reference = current.Reference
            ?? (await FindAsync(current.Key, cancellationToken).ConfigureAwait(false))?.Reference
            ?? throw new ProviderException(ProviderFailure.NotFound, $"ThingPark has no device {current.Key}.");
        var body = new JsonObject();
        foreach (var field in Traits.Fields.Where(field => field.CanChange))
        {
            var value = wanted.Fields.GetValueOrDefault(field.Name);
            if (value != current.Fields.GetValueOrDefault(field.Name))
            {
                body[field.Name] = value;
            }
        }

        var call = new ProviderCall(HttpMethod.Put, Of(reference), $"update the device {current.Key}") { Body = Utf8(body), Secrets = SecretsOf(wanted) };
        return Merge(wanted, await SendAsync(call, cancellationToken).ConfigureAwait(false), reference);
    }

    public override async Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        if (device.Reference is { } reference && await DeleteAsync(device.Key, reference, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        // Without its handle, or with that of an earlier life: created again, it has another.
        var found = await FindAsync(device.Key, cancellationToken).ConfigureAwait(false);
        return found?.Reference is { } now && await DeleteAsync(device.Key, now, cancellationToken).ConfigureAwait(false);
    }

    public override IReadOnlyList<TagProblem> Validate(HubDevice device) => new TagChecks(device, Traits)
        .Required()
        .Form("EUI", text => IsUpperHex(text, EuiDigits), "16 hexadecimal digits in upper case are permitted")
        .Form("activationType", text => text == "OTAA", "OTAA is permitted")
        .Form("applicationEUI", text => IsUpperHex(text, EuiDigits), "16 hexadecimal digits in upper case are permitted")
        .Form("applicationKey", text => TagChecks.IsHex(text, KeyDigits), "32 hexadecimal digits are permitted")
        .Problems;

    public override HubDevice ToHub(ExternalDevice device) => new()
    {
        DeviceId = _settings.IdIsName && device.Fields.TryGetValue("name", out var name) ? name : device.Key,
        Tags = TagsOf(device),
    };

    public override ExternalDevice ToExternal(HubDevice device)
    {
        var fields = FieldsOf(device);
        if (_settings.IdIsName)
        {
            fields["name"] = device.DeviceId;
        }
        else
        {
            fields.TryAdd("name", device.DeviceId);
        }

        return new ExternalDevice { Key = fields.GetValueOrDefault("EUI") ?? device.DeviceId, Fields = fields };
    }

    /// <summary>Reads a page of a list; items that are none are <see langword="null"/>.</summary>
    internal static IReadOnlyList<ExternalDevice?> ParsePage(JsonElement array) => [.. array.EnumerateArray().Select(Parse)];

    private static ExternalDevice? Parse(JsonElement item)
    {
        if (JsonFields.Text(item, "EUI") is not { Length: > 0 } eui)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (ReadOnlySpan<string>)["EUI", "activationType", "deviceProfileId", "applicationEUI", "name", "connectivityPlanId", "routingProfileId", "processingStrategyId"])
        {
            JsonFields.Copy(item, name, fields, name);
        }

        return new ExternalDevice { Key = eui, Reference = JsonFields.Identifier(item, "ref"), Fields = fields };
    }

    private static bool IsUpperHex(string text, int digits) => TagChecks.IsHex(text, digits) && !text.Any(char.IsAsciiLetterLower);

    private static string[] SecretsOf(ExternalDevice device) => device.Fields.TryGetValue("applicationKey", out var key) ? [key] : [];

    private Uri With(string query) => new($"{_settings.DevicesUri.GetLeftPart(UriPartial.Path)}?{query}");

    private Uri Of(string reference) => HttpSettings.Append(_settings.DevicesUri, Uri.EscapeDataString(reference));

    private async Task<IReadOnlyList<ExternalDevice>> ReadPageAsync(int index, long listed, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"pageIndex={index}&extendedInfo=true");
        var call = new ProviderCall(HttpMethod.Get, With(query), $"list page {index} of the devices") { Accepts = [404] };
        var answer = await ListingCallAsync(call, listed, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            // Also a wrong address answers 404, and must not look like a registry without devices.
            return ProviderError.Parse(answer.Body) is { Message.Length: > 0 }
                ? []
                : throw new ListingIncompleteException(ProviderFailure.Permanent, listed, $"{_settings.DevicesUri} answers 404 without an error of ThingPark; devicesUri may be wrong.");
        }

        using var document = InListing(listed, () => answer.Json(JsonValueKind.Array));
        var devices = new List<ExternalDevice>();
        foreach (var device in ParsePage(document.RootElement))
        {
            if (device is null || !device.Fields.ContainsKey("deviceProfileId"))
            {
                throw new ListingIncompleteException(
                    ProviderFailure.Permanent, listed, $"Page {index} has a device {(device is null ? "without an EUI" : $"without extended information: {device.Key}")}.");
            }

            devices.Add(device);
        }

        return devices;
    }

    private async Task<bool> DeleteAsync(string key, string reference, CancellationToken cancellationToken)
    {
        var call = new ProviderCall(HttpMethod.Delete, Of(reference), $"delete the device {key}") { Accepts = [404, 410] };
        return (await SendAsync(call, cancellationToken).ConfigureAwait(false)).Status is not (404 or 410);
    }

    /// <summary>The device as it was sent, with what the answer says of it.</summary>
    private ExternalDevice Merge(ExternalDevice sent, ProviderAnswer answer, string? reference)
    {
        var fields = TagsOf(sent);
        var reader = new Utf8JsonReader(answer.Body);
        try
        {
            if (JsonDocument.TryParseValue(ref reader, out var document))
            {
                using (document)
                {
                    if (Parse(document.RootElement) is { } told && told.Key == sent.Key)
                    {
                        foreach (var (name, value) in told.Fields)
                        {
                            fields[name] = value;
                        }

                        reference = told.Reference ?? reference;
                    }
                }
            }
        }
        catch (JsonException)
        {
            // It was done all the same; what was sent is what is known.
        }

        return new ExternalDevice { Key = sent.Key, Reference = reference, Fields = fields };
    }
}
