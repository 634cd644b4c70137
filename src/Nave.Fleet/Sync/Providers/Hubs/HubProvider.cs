using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.Hubs;

/// <summary>
/// The registry of another IoT hub, Nave's or Azure's: fields are the topmost tags, as JSON. Devices that it creates get keys of their own.
/// Retries and throttling are the client's.
/// </summary>
/// <param name="service">The hub; disposed of with the provider.</param>
/// <param name="settings">The configuration.</param>
internal sealed class HubProvider(ServiceClient service, HubProviderSettings settings) : IDeviceProvider
{
    // The tag that marks devices on the hub that they were copied to belongs to that hub.
    private const string MarkTag = "nave";
    private const int KeyBytes = 32;

    public ProviderTraits Traits { get; } = new()
    {
        Name = "hub",
        KeepsTags = true,
        ValuesAreJson = true,
        PageSize = settings.PageSize,
        Parallelism = settings.Parallelism,
    };

    /// <summary>Queries all devices. As many have to come as the registry counts, before or after: a query's index may lag behind on Azure.</summary>
    public async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long listed = 0;
        string? continuation = null;
        var before = await InListingAsync(0, () => service.GetStatisticsAsync(cancellationToken)).ConfigureAwait(false);
        do
        {
            var page = await InListingAsync(
                listed, () => service.QueryPageAsync("SELECT deviceId, tags FROM devices", settings.PageSize, continuation, cancellationToken)).ConfigureAwait(false);
            foreach (var row in page.Items)
            {
                using var document = row.ToDocument();
                if (Parse(document.RootElement) is not { } device)
                {
                    throw new ListingIncompleteException(ProviderFailure.Transient, listed, "The answer has what is no device.");
                }

                listed++;
                yield return device;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);

        var after = await InListingAsync(listed, () => service.GetStatisticsAsync(cancellationToken)).ConfigureAwait(false);
        var least = Math.Min(before.TotalDeviceCount, after.TotalDeviceCount);
        if (listed < least)
        {
            throw new ListingIncompleteException(ProviderFailure.Transient, listed, string.Create(CultureInfo.InvariantCulture, $"The registry of {service.HostName} counts {least}."));
        }
    }

    public async Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var twin = await CallAsync($"read the twin of the device {key}", () => service.GetTwinAsync(new IdentityId(key), cancellationToken)).ConfigureAwait(false);
            using var document = twin.ToDocument();
            return Parse(document.RootElement);
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.NotFound)
        {
            return null;
        }
    }

    public async Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        var line = new ExportImportDevice
        {
            Id = device.Key,
            ImportMode = ImportMode.Create,
            Status = DeviceStatus.Enabled,
            Authentication = new DeviceAuthentication
            {
                Type = AuthenticationType.Sas,
                SymmetricKey = new SymmetricKeys { PrimaryKey = NewKey(), SecondaryKey = NewKey() },
            },
            Tags = ToJson(device.Fields, []),
        };

        // In bulk, though it is one: the identity and its tags come to be together.
        var result = await CallAsync($"create the device {device.Key}", () => service.BulkAsync([line], cancellationToken)).ConfigureAwait(false);
        if (result.Errors is [var error, ..])
        {
            var failure = error.ErrorCode switch
            {
                nameof(HubErrorCode.DeviceAlreadyExists) => ProviderFailure.AlreadyExists,
                nameof(HubErrorCode.ThrottlingException) => ProviderFailure.Transient,
                _ => ProviderFailure.Permanent,
            };
            throw new ProviderException(failure, $"{service.HostName} could not create the device {device.Key}: {error.ErrorCode}, {error.ErrorStatus}");
        }

        return device;
    }

    public async Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken)
    {
        // A patch merges objects: a tag that changes goes first, so that it is replaced.
        string[] replaced = [.. current.Fields.Where(field => IsObject(field.Value) && wanted.Fields.TryGetValue(field.Key, out var now) && now != field.Value).Select(field => field.Key)];
        if (replaced.Length > 0)
        {
            await PatchAsync(current.Key, ToJson(new Dictionary<string, string>(), replaced), cancellationToken).ConfigureAwait(false);
        }

        await PatchAsync(current.Key, ToJson(wanted.Fields, current.Fields.Keys.Where(name => !wanted.Fields.ContainsKey(name))), cancellationToken).ConfigureAwait(false);
        return wanted;
    }

    public async Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync($"delete the device {device.Key}", async () =>
            {
                await service.DeleteDeviceAsync(new IdentityId(device.Key), cancellationToken: cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            return true;
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.NotFound)
        {
            return false;
        }
    }

    public IReadOnlyList<TagProblem> Validate(HubDevice device) => [];

    public HubDevice ToHub(ExternalDevice device) => new() { DeviceId = device.Key, Tags = device.Fields };

    public ExternalDevice ToExternal(HubDevice device) => new() { Key = device.DeviceId, Fields = device.Tags };

    public ValueTask DisposeAsync()
    {
        service.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads a row or a twin; <see langword="null"/> if it is none.</summary>
    internal static ExternalDevice? Parse(JsonElement row)
    {
        if (JsonFields.Text(row, "deviceId") is not { Length: > 0 } deviceId)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (row.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Object)
        {
            foreach (var tag in tags.EnumerateObject())
            {
                if (JsonFields.Name(tag) is { } name && name != MarkTag && JsonFields.Json(tag.Value) is { } json)
                {
                    fields[name] = json;
                }
            }
        }

        return new ExternalDevice { Key = deviceId, Fields = fields };
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    private static bool IsObject(string json) => json.StartsWith('{');

    private static RawJson ToJson(IReadOnlyDictionary<string, string> fields, IEnumerable<string> removed)
    {
        var tags = new JsonObject();
        foreach (var name in removed)
        {
            tags[name] = null;
        }

        foreach (var (name, json) in fields)
        {
            try
            {
                tags[name] = JsonNode.Parse(json);
            }
            catch (JsonException e)
            {
                throw new ProviderException(ProviderFailure.Permanent, $"The tag '{name}' is not JSON.", null, e);
            }
        }

        return RawJson.Parse(tags.ToJsonString());
    }

    private Task<RawJson> PatchAsync(string id, RawJson tags, CancellationToken cancellationToken) => CallAsync(
        $"update the device {id}", () => service.PatchTwinAsync(new IdentityId(id), RawJson.Parse($"{{\"tags\":{tags}}}"), cancellationToken: cancellationToken));

    private async Task<T> InListingAsync<T>(long listed, Func<Task<T>> call)
    {
        try
        {
            return await CallAsync("list its devices", call).ConfigureAwait(false);
        }
        catch (ProviderException e)
        {
            throw new ListingIncompleteException(
                e.Failure == ProviderFailure.NotFound ? ProviderFailure.Permanent : e.Failure, listed, e.Message, e.RetryAfter, e);
        }
    }

    private async Task<T> CallAsync<T>(string what, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (HubException e)
        {
            var failure = e.HttpStatus switch
            {
                401 => ProviderFailure.Authentication,
                404 => ProviderFailure.NotFound,
                409 => ProviderFailure.AlreadyExists,
                _ => e.IsTransient ? ProviderFailure.Transient : ProviderFailure.Permanent,
            };
            throw new ProviderException(failure, $"{service.HostName} could not {what}: {e.Message}", null, e);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException or InvalidDataException or JsonException)
        {
            throw new ProviderException(ProviderFailure.Transient, $"{service.HostName} could not {what}: {e.Message}", null, e);
        }
    }
}
