using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Telemetry;
using Nave.Mqtt;
using Nave.Server.Hosting;
using Nave.Server.Tests.Mqtt;

namespace Nave.Server.Tests.Hostile;

/// <summary>A whole server, as <c>nave serve</c> runs it, in a folder that the test chooses; both heads on free ports of loopback.</summary>
internal sealed class WholeServer : IAsyncDisposable
{
    public const string HostName = "hub.localhost";
    private const string ApiVersion = "api-version=2021-04-12";

    private WholeServer(NaveServer server, HttpClient client)
    {
        Server = server;
        Client = client;
    }

    public NaveServer Server { get; }

    public HttpClient Client { get; }

    public IotHub Hub => Server.Hubs.Hubs[0];

    public int HttpsPort => Server.Status.Ports.Https;

    public static async Task<WholeServer> StartAsync(string folder, ILoggerFactory? loggers = null)
    {
        var options = new NaveServerOptions
        {
            DataFolder = folder, HostName = HostName, Address = IPAddress.Loopback, HttpsPort = 0, MqttPort = 0, AmqpPort = 0, MqttPlainPort = 0,
        };
        var server = await NaveServer.StartAsync(options, TimeProvider.System, loggers ?? NullLoggerFactory.Instance, CancellationToken.None);
        return new WholeServer(server, new HttpClient(new SocketsHttpHandler { SslOptions = TrustOf(server) })
        {
            BaseAddress = new Uri($"https://127.0.0.1:{server.Status.Ports.Https}"),
        });
    }

    public static SslClientAuthenticationOptions TrustOf(NaveServer server)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(server.Status.CaFile!);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = trust, TargetHost = HostName };
    }

    public async Task<DeviceIdentity> CreateAsync(string deviceId)
    {
        var created = await Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = deviceId }, CancellationToken.None);
        Assert.True(created.IsSuccess, created.Error?.Message);
        return created.Value;
    }

    public static string TokenFor(DeviceIdentity device, string? resource = null) => SasToken.Create(
        resource ?? SasToken.ResourceOf(HostName, device.Id),
        Convert.FromBase64String(device.Authentication!.SymmetricKey!.PrimaryKey!),
        TimeProvider.System.GetUtcNow().AddHours(1));

    public string TokenOf(string policy) => SasToken.Create(
        HostName,
        Convert.FromBase64String(Hub.Authenticator.Policies.Single(p => p.Name == policy).PrimaryKey),
        TimeProvider.System.GetUtcNow().AddHours(1),
        policy);

    public async Task<MqttTestClient> ConnectAsync(DeviceIdentity device, string? token = null)
    {
        var client = await MqttTestClient.OpenAsync(Server.Status.Ports.MqttPlain!.Value, MqttVersion.V311);
        await client.SendAsync(ConnectPacket(device.DeviceId, token ?? TokenFor(device)));
        Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
        return client;
    }

    public static MqttConnect ConnectPacket(string deviceId, string token) => new()
    {
        ClientId = deviceId,
        CleanStart = true,
        KeepAliveSeconds = 240,
        UserName = $"{HostName}/{deviceId}/?api-version=2021-04-12&DeviceClientType=test",
        Password = Encoding.UTF8.GetBytes(token),
    };

    /// <summary>Sends a request; without a token as the owner.</summary>
    public Task<HttpResponseMessage> SendAsync(string method, string path, string? json = null, string? token = null, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path.Contains('?') ? $"{path}&{ApiVersion}" : $"{path}?{ApiVersion}");
        request.Headers.Host = HostName;
        request.Headers.TryAddWithoutValidation("Authorization", token ?? TokenOf("iothubowner"));
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
        }

        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public async Task<HttpStatusCode> StatusAsync(string method, string path, string? json = null, string? token = null, string? ifMatch = null)
    {
        using var response = await SendAsync(method, path, json, token, ifMatch);
        return response.StatusCode;
    }

    /// <summary>Reads all telemetry back, one batch at a time.</summary>
    public async Task ReadTelemetryAsync(Action<StoredEvent> read)
    {
        for (var partition = 0; partition < Hub.Events.PartitionCount; partition++)
        {
            var next = 0L;
            while (await Hub.Events.ReadAsync(partition, next, 4 << 20, CancellationToken.None) is { Count: > 0 } batch)
            {
                foreach (var stored in batch.Where(stored => stored.Source == "Telemetry"))
                {
                    read(stored);
                }

                next = batch[^1].SequenceNumber + 1;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
