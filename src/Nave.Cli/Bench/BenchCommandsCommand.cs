using System.Collections.Concurrent;
using System.CommandLine;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench commands</c>: methods called on devices, or messages delivered to them.</summary>
internal sealed class BenchCommandsCommand : BenchRunCommand
{
    private static readonly TimeSpan s_deliveryTimeout = TimeSpan.FromSeconds(30);

    private readonly Option<bool> _messages = new("--c2d") { Description = "Cloud-to-device messages, until the device has them, in place of methods." };

    public BenchCommandsCommand(CliConsole console)
        : base(console, "commands", "Methods called on devices, until their answer.", connections: 1000, inFlight: 64)
    {
        Add(_messages);
        AddHubOptions();
    }

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        var clients = await target.CreateDevicesAsync(plan.Connections, maxInFlight: 1, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ConnectAsync(clients, cancellationToken);
            var meter = new BenchMeter(target.Server);
            var operation = parsed.GetValue(_messages)
                ? await MessagesAsync(target, clients, plan, cancellationToken)
                : await MethodsAsync(target, clients, cancellationToken);
            var load = LoadLoop.RunAsync(plan.InFlight, plan.Rate, meter, operation, stop.Token);
            var report = await meter.MeasureAsync("commands", parsed.GetValue(_messages) ? "message" : "method", plan, cancellationToken);
            await stop.CancelAsync();
            await load;
            return report;
        }
        finally
        {
            await stop.CancelAsync();
            await DisconnectAsync(clients);
        }
    }

    private static async Task<Func<int, CancellationToken, ValueTask>> MethodsAsync(
        BenchTarget target, DeviceClient[] clients, CancellationToken cancellationToken)
    {
        foreach (var client in clients)
        {
            await client.SetMethodHandlerAsync(
                (call, _) => ValueTask.FromResult(new DirectMethodResponse { Status = 200, Payload = call.Payload }), cancellationToken);
        }

        var turn = 0;
        var request = new DirectMethodRequest { MethodName = "bench", Payload = RawJson.Parse("{\"n\":1}") };
        return async (_, _) => await target.Service.InvokeAsync(
            clients[(uint)Interlocked.Increment(ref turn) % clients.Length].Id, request, CancellationToken.None);
    }

    private static async Task<Func<int, CancellationToken, ValueTask>> MessagesAsync(
        BenchTarget target, DeviceClient[] clients, BenchPlan plan, CancellationToken cancellationToken)
    {
        var waiting = new ConcurrentDictionary<string, TaskCompletionSource>();
        foreach (var client in clients)
        {
            await client.SetMessageHandlerAsync(
                (message, _) =>
                {
                    if (message.Properties[SystemProperty.MessageId] is { } id && waiting.TryRemove(id, out var arrived))
                    {
                        arrived.TrySetResult();
                    }

                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        var turn = 0;
        var body = RandomNumberGenerator.GetBytes(plan.Size);
        return async (_, _) =>
        {
            var id = Guid.NewGuid().ToString("N");
            var arrived = waiting[id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var properties = new EventPropertiesWriter();
            properties.Add(SystemProperty.MessageId, id);
            await target.Service.SendAsync(
                clients[(uint)Interlocked.Increment(ref turn) % clients.Length].Id, properties.ToProperties(), body, CancellationToken.None);
            await arrived.Task.WaitAsync(s_deliveryTimeout, TimeProvider.System, CancellationToken.None);
        };
    }
}
