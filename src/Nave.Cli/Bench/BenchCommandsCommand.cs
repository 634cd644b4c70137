using System.Collections.Concurrent;
using System.CommandLine;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench commands</c>: methods called on devices, or messages delivered to them.</summary>
internal sealed class BenchCommandsCommand : BenchRunCommand
{
    private static readonly TimeSpan s_deliveryTimeout = TimeSpan.FromSeconds(30);

    private readonly Option<bool> _messages = new("--c2d") { Description = "Cloud-to-device messages, until the device has them, in place of methods." };

    private readonly Option<int?> _batch =
        CommonOptions.Number("--batch", 1, 10_000, "Methods a call; above 1 as batches, which only Nave takes. Default 1.");

    public BenchCommandsCommand(CliConsole console)
        : base(console, "commands", "Methods called on devices, until their answer.", connections: 1000, inFlight: 64)
    {
        Add(_messages);
        Add(_batch);
        AddHubOptions();
    }

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        var batch = parsed.GetValue(_batch) ?? 1;
        if (batch > 1 && parsed.GetValue(_messages))
        {
            throw new CliException("--batch is for methods; --c2d sends a message a call.", ExitCodes.Usage);
        }

        var clients = await target.CreateDevicesAsync(plan.Connections, maxInFlight: 1, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ConnectAsync(clients, cancellationToken);
            var meter = new BenchMeter(target.Server) { Weight = batch };
            var operation = parsed.GetValue(_messages)
                ? await MessagesAsync(target, clients, plan, cancellationToken)
                : await MethodsAsync(target, clients, batch, cancellationToken);
            var load = LoadLoop.RunAsync(plan.InFlight, plan.Rate / batch, meter, operation, stop.Token);
            var report = await meter.MeasureAsync("commands", parsed.GetValue(_messages) ? "message" : "method", plan, cancellationToken) with { Batch = batch > 1 ? batch : null };
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
        BenchTarget target, DeviceClient[] clients, int batch, CancellationToken cancellationToken)
    {
        foreach (var client in clients)
        {
            await client.SetMethodHandlerAsync(
                (call, _) => ValueTask.FromResult(new DirectMethodResponse { Status = 200, Payload = call.Payload }), cancellationToken);
        }

        var turn = 0;
        var request = new DirectMethodRequest { MethodName = "bench", Payload = RawJson.Parse("{\"n\":1}") };
        IdentityId Next() => clients[(uint)Interlocked.Increment(ref turn) % clients.Length].Id;
        if (batch == 1)
        {
            return async (_, _) => await target.Service.InvokeAsync(Next(), request, CancellationToken.None);
        }

        return async (_, _) =>
        {
            var calls = Enumerable.Range(0, batch).Select(_ => new MethodCallLine { DeviceId = Next().DeviceId, MethodName = request.MethodName, Payload = request.Payload });
            await foreach (var result in target.Service.InvokeManyAsync([.. calls], CancellationToken.None))
            {
                if (result.ErrorCode is not null)
                {
                    throw new CliException($"A method of a batch failed: {result.Message}");
                }
            }
        };
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
