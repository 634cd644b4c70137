using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;

namespace Nave.Client;

/// <summary>
/// The service side of device provisioning over HTTPS, of Nave or of Azure: enrollments, groups, registrations (wire facts 18). Thread-safe.
/// Every call throws <see cref="HubException"/> when the service refuses, <see cref="HttpRequestException"/> when it cannot be reached and
/// <see cref="TimeoutException"/> when it does not answer; calls that may be repeated are.
/// </summary>
public sealed partial class ProvisioningServiceClient : IDisposable
{
    /// <summary>A query for all individual enrollments.</summary>
    public const string SelectAll = "SELECT * FROM enrollments";

    /// <summary>A query for all groups.</summary>
    public const string SelectAllGroups = "SELECT * FROM enrollmentGroups";

    // The stable version of the service API (wire facts 18).
    private const string ApiVersion = "2021-10-01";

    private readonly HubHttp _http;

    private ProvisioningServiceClient(HubHttp http, string hostName)
    {
        _http = http;
        HostName = hostName;
    }

    /// <summary>Gets the service's host name.</summary>
    public string HostName { get; }

    /// <summary>Makes a client.</summary>
    /// <param name="connectionString">Of the provisioning service: <c>HostName=…;SharedAccessKeyName=provisioningserviceowner;SharedAccessKey=…</c>.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">The connection string is of a device.</exception>
    public static ProvisioningServiceClient Create(IotHubConnectionString connectionString, ServiceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        if (connectionString.DeviceId is not null)
        {
            throw new ArgumentException("The connection string has a DeviceId: it is a device's.", nameof(connectionString));
        }

        return new ProvisioningServiceClient(new HubHttp(connectionString, options ?? new(), ApiVersion), connectionString.HostName);
    }

    /// <summary>Gets the registration of a device.</summary>
    /// <returns><see langword="null"/> if it has never registered.</returns>
    public Task<DeviceRegistrationState?> GetRegistrationAsync(string registrationId, CancellationToken cancellationToken = default) =>
        FindAsync($"registrations/{Escape(registrationId)}", ProvisioningJson.Default.DeviceRegistrationState, cancellationToken);

    /// <summary>Forgets the registration of a device; its identity in the hub stays.</summary>
    /// <param name="registrationId">Which.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404, 412.</exception>
    public Task DeleteRegistrationAsync(string registrationId, string? etag = null, CancellationToken cancellationToken = default) =>
        DeleteAsync($"registrations/{Escape(registrationId)}", etag, cancellationToken);

    /// <summary>Lists the registrations of a group, a page at a time.</summary>
    /// <param name="groupId">Which group.</param>
    /// <param name="pageSize">At most so many a page; <see langword="null"/> = as the service likes.</param>
    /// <param name="continuation">What the page before gave; <see langword="null"/> for the first.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404, 400.</exception>
    public Task<ProvisioningPage<DeviceRegistrationState>> QueryRegistrationsAsync(
        string groupId, int? pageSize = null, string? continuation = null, CancellationToken cancellationToken = default) =>
        QueryAsync(
            $"registrations/{Escape(groupId)}/query", "*", pageSize, continuation,
            ProvisioningJson.Default.IReadOnlyListDeviceRegistrationState, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Escape(string id) => Uri.EscapeDataString(id);

    private static T Deserialize<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class =>
        ApiJson.TryRead(body, type, out var value, out var error) ? value : throw new InvalidDataException($"The service's answer cannot be read. {error.Message}");

    private async Task<T?> FindAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var answer = await _http.SendAsync(new HubCall(HttpMethod.Get, path), cancellationToken).ConfigureAwait(false);
            return Deserialize(answer.Body, type);
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            return null;
        }
    }

    private async Task<T> PutAsync<T>(string path, T value, string? etag, JsonTypeInfo<T> send, JsonTypeInfo<T> read, CancellationToken cancellationToken)
        where T : class
    {
        var call = new HubCall(HttpMethod.Put, path)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(value, send),

            // A creation or an update with a certain etag fails when it is repeated after it took effect.
            IsIdempotent = etag == "*",
        };
        var answer = await _http.SendAsync(call.IfMatch(etag), cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, read);
    }

    private Task<HubAnswer> DeleteAsync(string path, string? etag, CancellationToken cancellationToken) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, path).IfMatch(etag ?? "*"), cancellationToken);

    private async Task<AttestationMechanism> GetAttestationAsync(string path, CancellationToken cancellationToken)
    {
        var answer = await _http.SendAsync(new HubCall(HttpMethod.Post, path + "/attestationmechanism") { IsIdempotent = true }, cancellationToken)
            .ConfigureAwait(false);
        return Deserialize(answer.Body, ProvisioningJson.Default.AttestationMechanism);
    }

    private async Task<BulkEnrollmentOperationResult> BulkAsync<T>(string path, T operation, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var call = new HubCall(HttpMethod.Post, path) { Body = JsonSerializer.SerializeToUtf8Bytes(operation, type), TakesBadRequest = true };
        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ProvisioningJson.Default.BulkEnrollmentOperationResult);
    }

    private async Task<ProvisioningPage<T>> QueryAsync<T>(
        string path, string query, int? pageSize, string? continuation, JsonTypeInfo<IReadOnlyList<T>> type, CancellationToken cancellationToken)
    {
        var call = new HubCall(HttpMethod.Post, path)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(new QueryDocument(query), ProvisioningQueryJson.Default.QueryDocument),
            IsIdempotent = true,
        };
        if (pageSize is { } size)
        {
            call.Headers.Add(new("x-ms-max-item-count", size.ToString(CultureInfo.InvariantCulture)));
        }

        if (continuation is not null)
        {
            call.Headers.Add(new("x-ms-continuation", continuation));
        }

        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return new ProvisioningPage<T>(Deserialize(answer.Body, type), answer.Continuation);
    }
}
