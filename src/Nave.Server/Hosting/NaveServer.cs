using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Hosting;
using Nave.Hub.Provisioning;
using Nave.Server.Amqp;
using Nave.Server.Amqp.Events;
using Nave.Server.Amqp.Provisioning;
using Nave.Server.Amqp.Service;
using Nave.Server.Http;
using Nave.Server.Http.Provisioning;
using Nave.Server.Metrics;
using Nave.Server.Mqtt;
using Nave.Server.Tls;
using Nave.Storage.Blobs;

namespace Nave.Server.Hosting;

/// <summary>A running server: all hubs of a data folder, and the heads through which clients reach them.</summary>
public sealed partial class NaveServer : IAsyncDisposable
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(4);
    private readonly Stack<IAsyncDisposable> _parts;
    private readonly HttpHead _http;
    private readonly MqttHead _mqtt;
    private readonly AmqpHead _amqp;
    private readonly ILogger<NaveServer> _logger;
    private readonly TimeProvider _time;
    private bool _stopped;

    private NaveServer(Stack<IAsyncDisposable> parts, HubHost hubs, HttpHead http, MqttHead mqtt, AmqpHead amqp, ServerStatus status, ILogger<NaveServer> logger, TimeProvider time)
    {
        _parts = parts;
        Hubs = hubs;
        _http = http;
        _mqtt = mqtt;
        _amqp = amqp;
        Status = status;
        _logger = logger;
        _time = time;
    }

    /// <summary>Gets what to print when ready.</summary>
    public ServerStatus Status { get; }

    /// <summary>Gets the hubs.</summary>
    public HubHost Hubs { get; }

    /// <summary>Opens the data folder, recovers, binds the ports and writes the status file.</summary>
    /// <exception cref="IOException">A port is taken or may not be bound, or the data folder cannot be used; the message names it.</exception>
    /// <exception cref="InvalidOperationException">An option does not fit; the message names it.</exception>
    public static async Task<NaveServer> StartAsync(
        NaveServerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger<NaveServer>();
        var data = Path.GetFullPath(options.DataFolder);
        Directory.CreateDirectory(data);
        var parts = new Stack<IAsyncDisposable>();
        try
        {
            var metrics = new PrometheusExporter();
            parts.Push(new Owned(metrics));
            if (options.OtlpEndpoint is { } endpoint)
            {
                parts.Push(new Owned(new OtlpExport(endpoint, options.HostName)));
            }

            // 1. The hubs: recovery happens here, before anybody can connect.
            var hubs = await HubHost.OpenAsync(HubOptions(options, data), time, loggers, cancellationToken);
            parts.Push(hubs);

            // 2. Device provisioning, which puts devices into them.
            var (remote, webhook) = (new RemoteHubs(time), new HttpAllocationWebhook());
            parts.Push(new Owned(remote));
            parts.Push(new Owned(webhook));
            var provisioning = await ProvisioningService.OpenAsync(
                hubs, new ProvisioningOptions { HostName = options.ProvisioningHostName }, remote, webhook, cancellationToken);
            parts.Push(provisioning);

            // 3. Certificates for their host names.
            var certificates = new ServerCertificates(
                new TlsOptions { Folder = Path.Combine(data, "tls"), CertificateFile = options.CertificateFile, KeyFile = options.KeyFile },
                hubs.Hubs.SelectMany(hub => hub.Definition.Aliases.Prepend(hub.HostName)).Append(provisioning.HostName),
                time,
                loggers.CreateLogger<ServerCertificates>());
            parts.Push(new Owned(certificates));

            // 4. The heads. HTTPS goes last: /readyz answers only when everything is there.
            var mqtt = new MqttHead(hubs, MqttOptions(options), certificates, time, loggers, provisioning);
            parts.Push(mqtt);
            var mqttPorts = mqtt.Start();
            var events = new EventEndpoint(time);
            parts.Push(new Owned(events));
            var amqpParts = new AmqpHeadParts
            {
                Hubs = hubs,
                HubEndpoints = [events, new ServiceEndpoint()],
                Tenants = [ProvisioningTenant.Create(provisioning)],
                SaslMechanisms = ProvisioningTenant.Mechanisms(provisioning),
            };
            var amqp = new AmqpHead(amqpParts, AmqpOptions(options), certificates, time, loggers);
            parts.Push(amqp);
            var amqpPorts = amqp.Start();
            events.Port = amqpPorts.Tls ?? events.Port;
            var defaultHub = hubs.TryFind(options.HostName, out var named) ? named : hubs.Hubs[0];
            var http = await StartHttpAsync(
                options,
                new HttpHeadParts
                {
                    Hubs = hubs,
                    Certificates = certificates,
                    Metrics = metrics,
                    Provisioning = provisioning,
                    WebSockets = new WebSocketDoor(mqtt.RunAsync, amqp.RunAsync),
                    DefaultHostName = defaultHub.HostName,
                },
                time,
                loggers,
                cancellationToken);
            parts.Push(http);

            // 5. What users need to know.
            var status = StatusOf(defaultHub, provisioning, certificates, new ServerPorts(http.Port, mqttPorts.Tls!.Value, mqttPorts.Plain, amqpPorts.Tls, amqpPorts.Plain), data);
            DurableFile.WriteText(Path.Combine(data, ServerStatus.FileName), status.ToJson());
            Log.Started(logger, defaultHub.HostName, status.Ports.Https, status.Ports.Mqtt, status.Ports.Amqp);
            return new NaveServer(parts, hubs, http, mqtt, amqp, status, logger, time);
        }
        catch
        {
            while (parts.TryPop(out var part))
            {
                await part.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Stops taking work, acknowledges what is staged, and closes. Ends within 5 s.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        File.Delete(Path.Combine(Status.DataFolder, ServerStatus.FileName));
        using var limit = new CancellationTokenSource(s_stopTimeout, _time);
        try
        {
            await Task.WhenAll(_mqtt.StopAsync(), _amqp.StopAsync(), _http.StopAsync(limit.Token));
        }
        catch (OperationCanceledException)
        {
            Log.StopTimedOut(_logger, s_stopTimeout);
        }

        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        Log.Stopped(_logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private static HubHostOptions HubOptions(NaveServerOptions options, string data) => new()
    {
        DataFolder = data,
        OwnerKey = options.OwnerKey,
        Blobs = new BlobContainerOptions { FileRoots = options.FileRoots },
        ExportFolder = options.ExportFolder,
        DefaultHub = new HubDefinition
        {
            HostName = options.HostName,
            Partitions = options.Partitions,
            Tier = options.Tier,
            RetentionTime = options.RetentionTime,
            RetentionBytes = options.RetentionBytes,
        },
    };

    private static MqttHeadOptions MqttOptions(NaveServerOptions options) => new()
    {
        Address = options.Address,
        TlsPort = options.MqttPort,
        PlainPort = options.MqttPlainPort,
    };

    private static AmqpHeadOptions AmqpOptions(NaveServerOptions options) => new()
    {
        Address = options.Address,
        TlsPort = options.AmqpPort,
        PlainPort = options.AmqpPlainPort,
    };

    // 443 needs a privilege, or may be taken: unless it was asked for by number, 8443 does as well.
    private static async Task<HttpHead> StartHttpAsync(
        NaveServerOptions options, HttpHeadParts parts, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var wanted = options.HttpsPort ?? NaveServerOptions.DefaultHttpsPort;
        try
        {
            return await StartHttpAsync(options.Address, wanted, parts, time, loggers, cancellationToken);
        }
        catch (Exception e) when (options.HttpsPort is null && e is AddressInUseException or SocketException or IOException)
        {
            Log.PortFallback(loggers.CreateLogger<NaveServer>(), wanted, NaveServerOptions.FallbackHttpsPort, e.Message);
            return await StartHttpAsync(options.Address, NaveServerOptions.FallbackHttpsPort, parts, time, loggers, cancellationToken);
        }
    }

    private static async Task<HttpHead> StartHttpAsync(
        IPAddress address, int port, HttpHeadParts parts, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        try
        {
            return await HttpHead.StartAsync(
                new HttpHeadOptions { EndPoint = new IPEndPoint(address, port) }, parts, time, loggers, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException($"Port {port} may not be bound: {e.Message}.", e);
        }
    }

    private static ServerStatus StatusOf(IotHub hub, ProvisioningService provisioning, ServerCertificates certificates, ServerPorts ports, string data)
    {
        var key = IotHubConnectionString.Parse(hub.OwnerConnectionString).SharedAccessKey;
        var url = ports.Https == NaveServerOptions.DefaultHttpsPort ? $"https://{hub.HostName}" : $"https://{hub.HostName}:{ports.Https}";
        return new ServerStatus
        {
            Ready = true,
            Hub = hub.Name,
            HostName = hub.HostName,
            ServiceConnectionString = hub.OwnerConnectionString,
            EventHubConnectionString =
                $"Endpoint=sb://{hub.HostName}/;SharedAccessKeyName=iothubowner;SharedAccessKey={key};EntityPath={hub.Name}",
            Provisioning = new ServerProvisioning(provisioning.HostName, provisioning.IdScope, provisioning.OwnerConnectionString),
            CaFile = certificates.CaFile,
            Ports = ports,
            Urls = new ServerUrls(url, url + "/readyz", url + "/metrics"),
            ProcessId = Environment.ProcessId,
            DataFolder = data,
        };
    }

    private sealed class Owned(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Hub {HostName} is ready: HTTPS on {HttpsPort}, MQTT on {MqttPort}, AMQP on {AmqpPort}.")]
        public static partial void Started(ILogger logger, string hostName, int httpsPort, int mqttPort, int? amqpPort);

        [LoggerMessage(2, LogLevel.Warning, "HTTPS port {Wanted} may not be bound, so {Fallback} is used. ({Reason})")]
        public static partial void PortFallback(ILogger logger, int wanted, int fallback, string reason);

        [LoggerMessage(3, LogLevel.Warning, "Connections did not end within {Limit}; they are cut.")]
        public static partial void StopTimedOut(ILogger logger, TimeSpan limit);

        [LoggerMessage(4, LogLevel.Information, "Stopped.")]
        public static partial void Stopped(ILogger logger);
    }
}
