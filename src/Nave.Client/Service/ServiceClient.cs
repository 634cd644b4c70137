using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;

namespace Nave.Client;

/// <summary>
/// The service side of a hub over HTTPS, of Nave or of Azure IoT Hub: registry, twins, queries, methods, messages. Thread-safe. Every
/// call throws <see cref="HubException"/> when the hub refuses, <see cref="HttpRequestException"/> when it cannot be reached and
/// <see cref="TimeoutException"/> when it does not answer; calls that may be repeated are, on 408, 429, 500, 502, 503 and 504.
/// </summary>
public sealed partial class ServiceClient : IDisposable
{
    private readonly HubHttp _http;
    private readonly TimeProvider _time;

    private ServiceClient(HubHttp http, string hostName, TimeProvider time)
    {
        _http = http;
        _time = time;
        HostName = hostName;
    }

    /// <summary>Gets the hub's host name.</summary>
    public string HostName { get; }

    /// <summary>Makes a client.</summary>
    /// <param name="connectionString">Of a service: with SharedAccessKeyName.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">The connection string is of a device.</exception>
    public static ServiceClient Create(IotHubConnectionString connectionString, ServiceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        if (connectionString.DeviceId is not null)
        {
            throw new ArgumentException("The connection string has a DeviceId: it is a device's.", nameof(connectionString));
        }

        options ??= new();
        return new ServiceClient(new HubHttp(connectionString, options), connectionString.HostName, options.TimeProvider);
    }

    /// <summary>Gets a device or module.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public async Task<DeviceIdentity?> GetDeviceAsync(IdentityId id, CancellationToken cancellationToken = default)
    {
        try
        {
            return await GetAsync(RegistryPath(id), string.Empty, ApiJson.Default.DeviceIdentity, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            return null;
        }
    }

    /// <summary>Creates a device or module; without keys the hub makes them.</summary>
    /// <exception cref="HubException">409001 or 409301 if it exists, 400004, 404001 for a module of no device.</exception>
    public Task<DeviceIdentity> CreateDeviceAsync(DeviceIdentity identity, CancellationToken cancellationToken = default) =>
        PutIdentityAsync(identity, etag: null, cancellationToken);

    /// <summary>Replaces a device or module.</summary>
    /// <param name="identity">The new content.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404001, 404010, 412001, 400004.</exception>
    public Task<DeviceIdentity> UpdateDeviceAsync(DeviceIdentity identity, string? etag = null, CancellationToken cancellationToken = default) =>
        PutIdentityAsync(identity, etag ?? "*", cancellationToken);

    /// <summary>Deletes a device with its modules, or a module.</summary>
    /// <param name="id">Which.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404001, 404010, 412001.</exception>
    public Task DeleteDeviceAsync(IdentityId id, string? etag = null, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, RegistryPath(id)).IfMatch(etag ?? "*"), cancellationToken);

    /// <summary>Lists devices in id order.</summary>
    /// <param name="top">At most so many: 1 to 1000. A hub has no further pages: query for more.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<IReadOnlyList<DeviceIdentity>> ListDevicesAsync(int top = 1000, CancellationToken cancellationToken = default) =>
        GetAsync("devices", string.Create(CultureInfo.InvariantCulture, $"&top={top}"), ApiJson.Default.IReadOnlyListDeviceIdentity, cancellationToken);

    /// <summary>Lists the modules of a device.</summary>
    public Task<IReadOnlyList<DeviceIdentity>> ListModulesAsync(string deviceId, CancellationToken cancellationToken = default) =>
        GetAsync($"devices/{Escape(deviceId)}/modules", string.Empty, ApiJson.Default.IReadOnlyListDeviceIdentity, cancellationToken);

    /// <summary>Applies up to 100 changes, each on its own.</summary>
    /// <returns>What failed; that is not an exception.</returns>
    /// <exception cref="HubException">The whole call was refused: 400004, 400011 (an identity twice).</exception>
    public async Task<BulkRegistryResult> BulkAsync(IReadOnlyList<ExportImportDevice> changes, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Post, "devices")
        {
            Body = Serialize(changes, ApiJson.Wire.IReadOnlyListExportImportDevice),
            TakesBadRequest = true,
        };
        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ApiJson.Default.BulkRegistryResult);
    }

    /// <summary>Counts devices.</summary>
    public Task<RegistryStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("statistics/devices", string.Empty, ApiJson.Default.RegistryStatistics, cancellationToken);

    /// <summary>Counts connected devices.</summary>
    public Task<ServiceStatistics> GetServiceStatisticsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("statistics/service", string.Empty, ApiJson.Default.ServiceStatistics, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Escape(string id) => Uri.EscapeDataString(id);

    private static string RegistryPath(IdentityId id) => id.ModuleId is null
        ? $"devices/{Escape(id.DeviceId)}"
        : $"devices/{Escape(id.DeviceId)}/modules/{Escape(id.ModuleId)}";

    private static string TwinPath(IdentityId id) => id.ModuleId is null
        ? $"twins/{Escape(id.DeviceId)}"
        : $"twins/{Escape(id.DeviceId)}/modules/{Escape(id.ModuleId)}";

    private static byte[] Serialize<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T Deserialize<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type) =>
        ApiJson.TryRead(body, type, out var value, out var error) ? value : throw new InvalidDataException($"The hub's answer cannot be read. {error.Message}");

    private async Task<T> GetAsync<T>(string path, string query, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await _http.SendAsync(new HubCall(HttpMethod.Get, path) { Query = query }, cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, type);
    }

    private async Task<DeviceIdentity> PutIdentityAsync(DeviceIdentity identity, string? etag, CancellationToken cancellationToken)
    {
        var call = new HubCall(HttpMethod.Put, RegistryPath(identity.Id))
        {
            Body = Serialize(identity, ApiJson.Wire.DeviceIdentity),

            // A creation or an update with a certain etag fails when it is repeated after it took effect.
            IsIdempotent = etag == "*",
        };
        var answer = await _http.SendAsync(call.IfMatch(etag), cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ApiJson.Default.DeviceIdentity);
    }
}
