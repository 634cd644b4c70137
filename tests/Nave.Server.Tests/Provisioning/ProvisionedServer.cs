using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Tests.Hostile;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Provisioning;

/// <summary>A whole server, and what the tests of its device provisioning have in common.</summary>
internal sealed class ProvisionedServer : IAsyncDisposable
{
    private const string ApiVersion = "api-version=2021-10-01";

    private readonly TemporaryFolder _folder = new();

    private ProvisionedServer()
    {
    }

    public WholeServer Whole { get; private set; } = null!;

    public string IdScope => Whole.Server.Status.Provisioning!.IdScope;

    public string HostName => Whole.Server.Status.Provisioning!.HostName;

    public static async Task<ProvisionedServer> StartAsync()
    {
        var server = new ProvisionedServer();
        server.Whole = await WholeServer.StartAsync(server._folder.Path);
        return server;
    }

    /// <summary>Makes an enrollment with a symmetric key.</summary>
    /// <returns>The key, base64.</returns>
    public async Task<string> EnrollAsync(string registrationId, string? more = null)
    {
        using var enrollment = await PutAsync(
            $"/enrollments/{registrationId}", $$"""{"registrationId": "{{registrationId}}", "attestation": {"type": "symmetricKey"}{{more}} }""");
        return KeyOf(enrollment);
    }

    /// <summary>Makes a group with a symmetric key.</summary>
    /// <returns>The key, base64.</returns>
    public async Task<string> EnrollGroupAsync(string groupId)
    {
        using var group = await PutAsync(
            $"/enrollmentGroups/{groupId}", $$"""{"enrollmentGroupId": "{{groupId}}", "attestation": {"type": "symmetricKey"} }""");
        return KeyOf(group);
    }

    /// <summary>Calls the service side as its owner.</summary>
    public async Task<JsonDocument> PutAsync(string path, string json)
    {
        using var response = await SendAsync("PUT", $"{path}?{ApiVersion}", json);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created, $"{path}: {response.StatusCode} {body}");
        return JsonDocument.Parse(body);
    }

    public async Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Host = HostName;
        var owner = IotHubConnectionString.Parse(Whole.Server.Status.Provisioning!.ServiceConnectionString);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            SasToken.Create(HostName, Convert.FromBase64String(owner.SharedAccessKey!), TimeProvider.System.GetUtcNow().AddHours(1), owner.SharedAccessKeyName));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await Whole.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public string TokenFor(string registrationId, string key, TimeSpan? life = null, string? scope = null) => SasToken.Create(
        $"{scope ?? IdScope}/registrations/{registrationId}",
        Convert.FromBase64String(key),
        TimeProvider.System.GetUtcNow() + (life ?? TimeSpan.FromHours(1)),
        "registration");

    /// <summary>Derives a device's key from its group's.</summary>
    public static string Derive(string groupKey, string registrationId) =>
        Convert.ToBase64String(SasToken.DeriveKey(Convert.FromBase64String(groupKey), registrationId));

    public MqttConnect ConnectPacket(string registrationId, string? token, string? userName = null, MqttWill? will = null) => new()
    {
        ClientId = registrationId,
        CleanStart = true,
        KeepAliveSeconds = 240,
        UserName = userName ?? $"{IdScope}/registrations/{registrationId}/api-version=2019-03-31&ClientVersion=test%2f1",
        Password = token is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(token),
        Will = will,
    };

    public Task<MqttTestClient> OpenAsync() => MqttTestClient.OpenAsync(Whole.Server.Status.Ports.MqttPlain!.Value, MqttVersion.V311);

    /// <summary>Connects to the hub with the key that a device was provisioned with.</summary>
    public async Task<MqttReason> ConnectToHubAsync(string deviceId, string key)
    {
        await using var client = await OpenAsync();
        var token = SasToken.Create($"{WholeServer.HostName}/devices/{deviceId}", Convert.FromBase64String(key), TimeProvider.System.GetUtcNow().AddHours(1));
        await client.SendAsync(WholeServer.ConnectPacket(deviceId, token));
        return (await client.ExpectConnAckAsync()).Reason;
    }

    /// <summary>Writes a certificate as it stands in JSON.</summary>
    public static string Encoded(X509Certificate2 certificate) => Convert.ToBase64String(certificate.RawData);

    public async ValueTask DisposeAsync()
    {
        await Whole.DisposeAsync();
        _folder.Dispose();
    }

    private static string KeyOf(JsonDocument enrollment) =>
        enrollment.RootElement.GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()!;
}
