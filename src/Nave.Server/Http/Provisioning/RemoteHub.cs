using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;

namespace Nave.Server.Http.Provisioning;

/// <summary>A hub elsewhere, of Nave or Azure, by its service API. Wire facts 9.</summary>
/// <param name="connection">Host, policy and key; a <c>GatewayHostName</c> is where to connect in place of the host, with a port if need be.</param>
/// <param name="client">What sends.</param>
/// <param name="time">The clock.</param>
internal sealed class RemoteHub(IotHubConnectionString connection, HttpClient client, TimeProvider time) : ILinkedHub
{
    private const string ApiVersion = "api-version=2021-04-12";

    // A replacement without sections leaves them; these take everything away.
    private static readonly byte[] s_nothing = """{"tags":{},"properties":{"desired":{}}}"""u8.ToArray();

    private static readonly TimeSpan s_tokenLifetime = TimeSpan.FromMinutes(10);

    private readonly byte[] _key = Convert.FromBase64String(connection.SharedAccessKey ?? "");

    public string HostName => connection.HostName;

    public ValueTask<HubResult<DeviceIdentity>> FindAsync(string deviceId, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, PathOf("devices", deviceId), null, null, ApiJson.Default.DeviceIdentity, cancellationToken);

    public async ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, ReadOnlyMemory<byte> twin, CancellationToken cancellationToken)
    {
        if (twin.IsEmpty)
        {
            return await SendAsync(
                HttpMethod.Put, PathOf("devices", identity.DeviceId), BodyOf(identity), null, ApiJson.Default.DeviceIdentity, cancellationToken);
        }

        // Identity and twin together are a bulk call of one.
        var created = await SendAsync(
            HttpMethod.Post, "/devices", BodyOf(identity, twin), null, ApiJson.Default.BulkRegistryResult, cancellationToken, acceptBadRequest: true);
        if (!created.IsSuccess)
        {
            return created.Error;
        }

        if (created.Value.Errors is [{ } failed, ..])
        {
            var code = Enum.TryParse<HubErrorCode>(failed.ErrorCode, out var known) ? known : HubErrorCode.GenericBadRequest;
            return new HubError(code, $"The hub '{HostName}' did not create the device ({failed.ErrorCode}).");
        }

        return await FindAsync(identity.DeviceId, cancellationToken);
    }

    public ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, PathOf("devices", identity.DeviceId), BodyOf(identity), "*", ApiJson.Default.DeviceIdentity, cancellationToken);

    public async ValueTask<HubError?> DeleteAsync(string deviceId, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Delete, PathOf("devices", deviceId), null, "*", cancellationToken)).Error;

    public ValueTask<HubResult<ReadOnlyMemory<byte>>> GetTwinAsync(string deviceId, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, PathOf("twins", deviceId), null, null, cancellationToken);

    public async ValueTask<HubError?> WriteTwinAsync(string deviceId, ReadOnlyMemory<byte> twin, bool replace, CancellationToken cancellationToken)
    {
        if (twin.IsEmpty && !replace)
        {
            return null;
        }

        var method = replace ? HttpMethod.Put : HttpMethod.Patch;
        return (await SendAsync(method, PathOf("twins", deviceId), twin.IsEmpty ? s_nothing : twin, "*", cancellationToken)).Error;
    }

    private static string PathOf(string collection, string deviceId) => $"/{collection}/{Uri.EscapeDataString(deviceId)}";

    private static byte[] BodyOf(DeviceIdentity identity) => JsonSerializer.SerializeToUtf8Bytes(identity, ApiJson.Wire.DeviceIdentity);

    private static byte[] BodyOf(DeviceIdentity identity, ReadOnlyMemory<byte> twin)
    {
        using var content = JsonDocument.Parse(twin);
        var root = content.RootElement;
        var properties = root.TryGetProperty("properties"u8, out var found) ? found : default;
        var line = new ExportImportDevice
        {
            Id = identity.DeviceId,
            ImportMode = ImportMode.Create,
            Status = identity.Status,
            Authentication = identity.Authentication,
            Capabilities = identity.Capabilities,
            Tags = Section(root, "tags"u8),
            Properties = new TwinSections { Desired = Section(properties, "desired"u8), Reported = Section(properties, "reported"u8) },
        };
        return JsonSerializer.SerializeToUtf8Bytes([line], ApiJson.Wire.IReadOnlyListExportImportDevice);
    }

    private static RawJson Section(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var section) ? RawJson.From(section) : default;

    private async ValueTask<HubResult<T>> SendAsync<T>(
        HttpMethod method,
        string path,
        ReadOnlyMemory<byte>? body,
        string? ifMatch,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken,
        bool acceptBadRequest = false)
        where T : class
    {
        var answer = await SendAsync(method, path, body, ifMatch, cancellationToken, acceptBadRequest);
        return !answer.IsSuccess ? answer.Error
            : ApiJson.TryRead(answer.Value.Span, type, out var value, out _) ? value
            : new HubError(HubErrorCode.GenericBadGateway, $"The hub '{HostName}' answered with something else than was asked for.");
    }

    private async ValueTask<HubResult<ReadOnlyMemory<byte>>> SendAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? body, string? ifMatch, CancellationToken cancellationToken, bool acceptBadRequest = false)
    {
        using var request = new HttpRequestMessage(method, $"https://{connection.GatewayHostName ?? HostName}{path}?{ApiVersion}");
        request.Headers.Host = HostName;
        request.Headers.TryAddWithoutValidation(
            "Authorization", SasToken.Create(HostName, _key, time.GetUtcNow() + s_tokenLifetime, connection.SharedAccessKeyName));
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (body is { } content)
        {
            request.Content = new ReadOnlyMemoryContent(content);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        }

        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var status = (int)response.StatusCode;

            // A bulk call of which parts failed says so with 400 and its usual body.
            return response.IsSuccessStatusCode || (acceptBadRequest && status == 400 && !ErrorBody.TryParse(bytes, out _, out _))
                ? (ReadOnlyMemory<byte>)bytes
                : ErrorOf(status, bytes);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HubError(HubErrorCode.GenericServiceUnavailable, $"The hub '{HostName}' did not answer within {client.Timeout.TotalSeconds:0.#} s.");
        }
        catch (HttpRequestException e)
        {
            return new HubError(HubErrorCode.GenericServiceUnavailable, $"The hub '{HostName}' could not be reached ({e.HttpRequestError}).");
        }
    }

    // The hub's own words stay behind: they may name things of its own.
    private HubError ErrorOf(int status, byte[] body)
    {
        var code = ErrorBody.TryParse(body, out var error, out _) && error.Code != HubErrorCode.None ? error.Code
            : status == 404 ? HubErrorCode.DeviceNotFound
            : status == 409 ? HubErrorCode.DeviceAlreadyExists
            : (HubErrorCode)(status * 1000);
        return new HubError(code, $"The hub '{HostName}' answered with status {status} ({ErrorBody.HeaderOf(code)}).");
    }
}
