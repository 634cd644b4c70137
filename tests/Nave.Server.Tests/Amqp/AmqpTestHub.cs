using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Telemetry;
using Nave.Server.Amqp;
using Nave.Server.Connections;
using Nave.Server.Tls;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

/// <summary>A real hub in a temporary folder behind a real AMQP head on loopback.</summary>
internal sealed class AmqpTestHub : IAsyncDisposable
{
    public const string HostName = "hub.test";

    private readonly TemporaryFolder _folder = new();
    private readonly TimeProvider _time;
    private readonly ServerCertificates _certificates;

    private AmqpTestHub(TimeProvider time, ServerCertificates certificates)
    {
        _time = time;
        _certificates = certificates;
    }

    public HubHost Hubs { get; private set; } = null!;

    public IotHub Hub => Hubs.Hubs[0];

    public AmqpHead Head { get; private set; } = null!;

    public SocketPorts Ports { get; private set; } = null!;

    public static async Task<AmqpTestHub> StartAsync(
        TimeProvider? time = null,
        Func<AmqpHeadOptions, AmqpHeadOptions>? configure = null,
        string? dataFolder = null,
        Func<AmqpHeadParts, AmqpHeadParts>? parts = null,
        string tier = "unlimited")
    {
        time ??= TimeProvider.System;
        var certificatesFolder = Directory.CreateTempSubdirectory("nave-tls-").FullName;
        var certificates = new ServerCertificates(
            new TlsOptions { Folder = certificatesFolder }, [HostName], TimeProvider.System, NullLogger<ServerCertificates>.Instance);
        var hub = new AmqpTestHub(time, certificates);
        hub.Hubs = await HubHost.OpenAsync(
            new HubHostOptions { DataFolder = dataFolder ?? hub._folder.Path, DefaultHub = new HubDefinition { HostName = HostName, Tier = tier } },
            time,
            NullLoggerFactory.Instance,
            CancellationToken.None);
        var options = new AmqpHeadOptions { Address = IPAddress.Loopback, TlsPort = 0, PlainPort = 0 };
        var served = new AmqpHeadParts { Hubs = hub.Hubs };
        hub.Head = new AmqpHead(
            parts?.Invoke(served) ?? served, configure?.Invoke(options) ?? options, certificates, time, NullLoggerFactory.Instance);
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

    public string PolicyToken(string policy, string resource = HostName, TimeSpan? life = null) => SasToken.Create(
        resource,
        Convert.FromBase64String(Hub.Authenticator.Policies.First(p => p.Name == policy).PrimaryKey),
        _time.GetUtcNow() + (life ?? TimeSpan.FromHours(1)),
        policy);

    public Task<AmqpTestClient> OpenAsync(AmqpSaslClient? sasl = null, string hostName = HostName) =>
        AmqpTestClient.ConnectAsync(Ports.Plain!.Value, hostName, sasl);

    /// <summary>Connects and puts the device's token.</summary>
    public async Task<AmqpTestClient> ConnectAsync(DeviceIdentity identity, TimeSpan? life = null)
    {
        var client = await OpenAsync();
        Assert.Equal(200, await client.PutTokenAsync(TokenFor(identity, life)));
        return client;
    }

    public Task<AmqpTestClient> OpenTlsAsync(X509Certificate2? certificate = null, AmqpSaslClient? sasl = null)
    {
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = HostName,
            ClientCertificates = certificate is null ? null : [certificate],
            CertificateChainPolicy = Trust(),
        };
        return AmqpTestClient.ConnectAsync(
            Ports.Tls!.Value, new AmqpConnectionOptions { ContainerId = "test", HostName = HostName, Sasl = sasl }, tls);
    }

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

    public async ValueTask DisposeAsync()
    {
        await Head.DisposeAsync();
        await Hubs.DisposeAsync();
        _certificates.Dispose();
        _folder.Dispose();
    }

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(_certificates.CaFile!);
        return policy;
    }
}
