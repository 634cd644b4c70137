using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Telemetry;
using Nave.Mqtt;
using Nave.Server.Connections;
using Nave.Server.Mqtt;
using Nave.Server.Tls;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

/// <summary>A real hub in a temporary folder behind a real MQTT head on loopback.</summary>
internal sealed class MqttTestHub : IAsyncDisposable
{
    public const string HostName = "hub.test";

    private readonly TemporaryFolder _folder = new();
    private readonly TimeProvider _time;
    private readonly ServerCertificates _certificates;

    private MqttTestHub(TimeProvider time, ServerCertificates certificates)
    {
        _time = time;
        _certificates = certificates;
    }

    public HubHost Hubs { get; private set; } = null!;

    public IotHub Hub => Hubs.Hubs[0];

    public MqttHead Head { get; private set; } = null!;

    public SocketPorts Ports { get; private set; } = null!;

    public static async Task<MqttTestHub> StartAsync(
        TimeProvider? time = null, Func<MqttHeadOptions, MqttHeadOptions>? configure = null, string? dataFolder = null)
    {
        time ??= TimeProvider.System;
        var certificatesFolder = Directory.CreateTempSubdirectory("nave-tls-").FullName;
        var certificates = new ServerCertificates(
            new TlsOptions { Folder = certificatesFolder }, [HostName], TimeProvider.System, NullLogger<ServerCertificates>.Instance);
        var hub = new MqttTestHub(time, certificates);
        hub.Hubs = await HubHost.OpenAsync(
            new HubHostOptions { DataFolder = dataFolder ?? hub._folder.Path, DefaultHub = new HubDefinition { HostName = HostName } },
            time,
            NullLoggerFactory.Instance,
            CancellationToken.None);
        var options = new MqttHeadOptions { Address = IPAddress.Loopback, TlsPort = 0, PlainPort = 0 };
        hub.Head = new MqttHead(hub.Hubs, configure?.Invoke(options) ?? options, certificates, time, NullLoggerFactory.Instance);
        hub.Ports = hub.Head.Start();
        return hub;
    }

    public async Task<DeviceIdentity> CreateAsync(string deviceId, string? moduleId = null, DeviceAuthentication? authentication = null)
    {
        var created = await Hub.Registry.CreateAsync(
            new DeviceIdentity { DeviceId = deviceId, ModuleId = moduleId, Authentication = authentication }, CancellationToken.None);
        Assert.True(created.IsSuccess, created.Error?.Message);
        return created.Value;
    }

    public string TokenFor(DeviceIdentity identity, TimeSpan? life = null) => SasToken.Create(
        SasToken.ResourceOf(HostName, identity.Id),
        Convert.FromBase64String(identity.Authentication!.SymmetricKey!.PrimaryKey!),
        _time.GetUtcNow() + (life ?? TimeSpan.FromHours(1)));

    public async Task<MqttTestClient> OpenAsync(MqttVersion version = MqttVersion.V311) =>
        await MqttTestClient.OpenAsync(Ports.Plain!.Value, version);

    public async Task<MqttTestClient> OpenTlsAsync(X509Certificate2? certificate = null)
    {
        var client = await MqttTestClient.OpenAsync(Ports.Tls!.Value, MqttVersion.V311);
        await client.UpgradeAsync(new SslClientAuthenticationOptions
        {
            TargetHost = HostName,
            ClientCertificates = certificate is null ? null : [certificate],
            CertificateChainPolicy = Trust(),
        });
        return client;
    }

    /// <summary>Connects with the device's key and takes the CONNACK.</summary>
    public async Task<MqttTestClient> ConnectAsync(
        DeviceIdentity identity, MqttVersion version = MqttVersion.V311, bool clean = true, MqttWill? will = null, ushort keepAlive = 60)
    {
        var client = await OpenAsync(version);
        await client.SendAsync(Connect(identity, version, clean, will, keepAlive));
        var answer = await client.ExpectConnAckAsync();
        Assert.Equal(MqttReason.Success, answer.Reason);
        return client;
    }

    public MqttConnect Connect(
        DeviceIdentity identity, MqttVersion version = MqttVersion.V311, bool clean = true, MqttWill? will = null, ushort keepAlive = 60) => new()
    {
        Version = version,
        ClientId = identity.Id.ToString(),
        CleanStart = clean,
        KeepAliveSeconds = keepAlive,
        UserName = $"{HostName}/{identity.Id}/?api-version=2021-04-12&DeviceClientType=test",
        Password = identity.Authentication?.SymmetricKey?.PrimaryKey is null ? null : System.Text.Encoding.UTF8.GetBytes(TokenFor(identity)),
        Will = will,
        Properties = version == MqttVersion.V5 && !clean
            ? new MqttPropertiesBuilder().AddNumber(MqttPropertyId.SessionExpiryInterval, 3600).Build()
            : default,
    };

    /// <summary>Reads all telemetry back, in partition and sequence order.</summary>
    public async Task<List<StoredEvent>> ReadTelemetryAsync()
    {
        var events = new List<StoredEvent>();
        for (var partition = 0; partition < Hub.Events.PartitionCount; partition++)
        {
            var next = 0L;
            while (await Hub.Events.ReadAsync(partition, next, 1 << 20, CancellationToken.None) is { Count: > 0 } batch)
            {
                events.AddRange(batch.Where(stored => stored.Source == "Telemetry"));
                next = batch[^1].SequenceNumber + 1;
            }
        }

        return events;
    }

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(_certificates.CaFile!);
        return policy;
    }

    public static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    public async ValueTask DisposeAsync()
    {
        await Head.DisposeAsync();
        await Hubs.DisposeAsync();
        _certificates.Dispose();
        _folder.Dispose();
    }
}
