using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Bench;

/// <summary>
/// <c>nave bench provisioning</c>: devices of one group, each with the key that is derived for it, are provisioned over MQTT by a server of
/// its own; then all of them connect to their hub and stay.
/// </summary>
internal sealed class BenchProvisioningCommand : Command
{
    private const string Group = "bench";
    private const int DefaultCount = 10_000;
    private const int DefaultInFlight = 32;

    private readonly CliConsole _console;
    private readonly Option<int?> _count = CommonOptions.Number("--count", 1, 1_000_000, $"Devices. Default {DefaultCount}.");
    private readonly Option<int?> _inFlight = CommonOptions.Number("--in-flight", 1, 1_000, $"Devices under way at a time. Default {DefaultInFlight}.");
    private readonly Option<bool> _plain = new("--plain") { Description = "MQTT without TLS." };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public BenchProvisioningCommand(CliConsole console)
        : base("provisioning", "Devices provisioned with derived keys over MQTT, and then all of them connected.")
    {
        _console = console;
        Add(_count);
        Add(_inFlight);
        Add(_plain);
        Add(_output);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(partitions: 4, cancellationToken);
        var load = new Load(server.Status, parsed.GetValue(_inFlight) ?? DefaultInFlight, parsed.GetValue(_plain));
        var report = await load.RunAsync(parsed.GetValue(_count) ?? DefaultCount, server.Process, cancellationToken);
        _console.WriteOne(
            parsed.GetValue(_output),
            JsonSerializer.Serialize(report, CliJson.Line.BenchProvisioningReport),
            [
                ("devices", $"{report.Devices}"),
                ("inFlight", $"{report.InFlight}"),
                ("provisionSeconds", FormattableString.Invariant($"{report.ProvisionSeconds}")),
                ("provisionedPerSecond", FormattableString.Invariant($"{report.ProvisionedPerSecond}")),
                ("connectSeconds", FormattableString.Invariant($"{report.ConnectSeconds}")),
                ("connectedPerSecond", FormattableString.Invariant($"{report.ConnectedPerSecond}")),
                ("connectedAtOnce", $"{report.ConnectedAtOnce}"),
                ("serverCpuSeconds", FormattableString.Invariant($"{report.ServerCpuSeconds}")),
            ]);
        return ExitCodes.Ok;
    }

    private sealed class Load(Nave.Server.Hosting.ServerStatus status, int inFlight, bool plain)
    {
        private readonly HubTarget _hub = HubOptions.TargetOf(status);
        private readonly Nave.Server.Hosting.ServerProvisioning _service =
            status.Provisioning ?? throw new CliException("The server does not provision devices.");

        public async Task<BenchProvisioningReport> RunAsync(int count, Process server, CancellationToken cancellationToken)
        {
            var groupKey = await CreateGroupAsync(cancellationToken);
            var assigned = new ConcurrentBag<IotHubConnectionString>();
            var start = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(
                Enumerable.Range(0, count),
                Degree(cancellationToken),
                async (i, token) => assigned.Add(await ProvisionAsync(ProvisioningIdentity.WithGroupKey($"bench-{i:000000}", groupKey), token)));
            var provisioned = Stopwatch.GetElapsedTime(start);

            var clients = new ConcurrentBag<DeviceClient>();
            try
            {
                start = Stopwatch.GetTimestamp();
                await Parallel.ForEachAsync(assigned, Degree(cancellationToken), async (connection, token) =>
                {
                    var client = DeviceClient.Create(connection, _hub.DeviceOptions(plain ? ClientTransport.MqttPlain : ClientTransport.Mqtt));
                    clients.Add(client);
                    await client.ConnectAsync(token);
                });
                var connected = Stopwatch.GetElapsedTime(start);
                using var service = _hub.CreateService();
                var statistics = await service.GetServiceStatisticsAsync(cancellationToken);
                server.Refresh();
                return new BenchProvisioningReport(
                    assigned.Count,
                    inFlight,
                    Round(provisioned.TotalSeconds),
                    Round(count / provisioned.TotalSeconds),
                    Round(connected.TotalSeconds),
                    Round(count / connected.TotalSeconds),
                    statistics.ConnectedDeviceCount,
                    Round(server.TotalProcessorTime.TotalSeconds));
            }
            finally
            {
                await Parallel.ForEachAsync(
                    clients, new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (client, _) => await client.DisposeAsync());
            }
        }

        private static double Round(double value) => Math.Round(value, 2);

        private ParallelOptions Degree(CancellationToken cancellationToken) =>
            new() { MaxDegreeOfParallelism = inFlight, CancellationToken = cancellationToken };

        private async Task<string> CreateGroupAsync(CancellationToken cancellationToken)
        {
            using var service = ProvisioningServiceClient.Create(
                IotHubConnectionString.Parse(_service.ServiceConnectionString),
                new ServiceClientOptions { Endpoint = _hub.ServiceEndpoint, TrustedRoots = _hub.Roots });
            var group = await service.CreateGroupAsync(
                new EnrollmentGroup
                {
                    EnrollmentGroupId = Group,
                    Attestation = new AttestationMechanism { Type = AttestationType.SymmetricKey, SymmetricKey = new SymmetricKeyAttestation() },
                },
                cancellationToken);
            return group.Attestation?.SymmetricKey?.PrimaryKey ?? throw new CliException("The group was made without a key.");
        }

        private async Task<IotHubConnectionString> ProvisionAsync(ProvisioningIdentity identity, CancellationToken cancellationToken)
        {
            var client = new ProvisioningClient(_service.HostName, _service.IdScope, identity, new ProvisioningClientOptions
            {
                Transport = plain ? ProvisioningTransport.MqttPlain : ProvisioningTransport.Mqtt,
                Endpoint = plain ? _hub.MqttEndpoint with { Port = _hub.MqttPlainPort } : _hub.MqttEndpoint,
                TrustedRoots = _hub.Roots,
            });
            return client.ConnectionStringOf(await client.RegisterAsync(cancellationToken: cancellationToken));
        }
    }
}
