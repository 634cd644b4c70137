using System.CommandLine;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench read</c>: consumers read the event stream from its beginning on, while other load may run.</summary>
internal sealed class BenchReadCommand : BenchRunCommand
{
    private const int FillBytes = 256;
    private const int FillAtOnce = 500;

    private readonly Option<bool> _lines = new("--lines") { Description = "Lines of JSON in place of frames." };
    private readonly Option<bool> _amqp = new("--amqp") { Description = "Over the Event Hubs-compatible endpoint, all partitions at once." };
    private readonly Option<int?> _fill = CommonOptions.Number("--fill", 0, 100_000_000, "Events to put into the stream before. Default 1,000,000; 0 = what is there.");

    public BenchReadCommand(CliConsole console)
        : base(console, "read", "Events read from the stream, from its beginning on, again and again.", connections: 100, inFlight: 1)
    {
        Add(_lines);
        Add(_amqp);
        Add(_fill);
        AddHubOptions();
    }

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        await FillAsync(target, plan, parsed.GetValue(_fill) ?? 1_000_000, cancellationToken);
        var asLines = parsed.GetValue(_lines);
        var overAmqp = parsed.GetValue(_amqp);
        var meter = new BenchMeter(target.Server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var readers = Enumerable.Range(0, plan.InFlight).Select(_ => Task.Run(
            () => overAmqp
                ? ReadOverAmqpAsync(target.Events, new ReadPace(plan.Rate / plan.InFlight), meter, stop.Token)
                : ReadAsync(target.Service, asLines, new ReadPace(plan.Rate / plan.InFlight), meter, stop.Token),
            CancellationToken.None)).ToArray();
        try
        {
            return await meter.MeasureAsync("read", "event", plan, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(readers);
        }
    }

    private static async Task ReadAsync(ServiceClient service, bool asLines, ReadPace pace, BenchMeter meter, CancellationToken cancellationToken)
    {
        var query = new EventQuery { From = "earliest", UntilEnd = true };
        try
        {
            while (true)
            {
                if (asLines)
                {
                    await foreach (var line in service.ReadEventLinesAsync(query, cancellationToken))
                    {
                        meter.Add(line.Length);
                        await pace.KeepAsync(cancellationToken);
                    }
                }
                else
                {
                    await foreach (var frame in service.ReadEventFramesAsync(query, cancellationToken))
                    {
                        meter.Add(frame.DeviceIdUtf8.Length + frame.Body.Length);
                        await pace.KeepAsync(cancellationToken);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private static async Task ReadOverAmqpAsync(EventsTarget target, ReadPace pace, BenchMeter meter, CancellationToken cancellationToken)
    {
        await using var client = target.CreateClient();
        try
        {
            while (true)
            {
                var left = await CountAsync(client, cancellationToken);
                await foreach (var batch in client.ReadBatchesAsync(new EventReadOptions { Start = EventPosition.Earliest }, cancellationToken))
                {
                    foreach (var received in batch)
                    {
                        meter.Add(received.Message.Length);
                        await pace.KeepAsync(cancellationToken);
                    }

                    left -= batch.Count;
                    if (left <= 0)
                    {
                        break;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private static async Task<long> CountAsync(EventsClient client, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var id in (await client.GetPropertiesAsync(cancellationToken)).PartitionIds)
        {
            var partition = await client.GetPartitionPropertiesAsync(id, cancellationToken);
            count += partition.IsEmpty ? 0 : partition.LastEnqueuedSequenceNumber - partition.BeginSequenceNumber + 1;
        }

        return count;
    }

    private static async Task FillAsync(BenchTarget target, BenchPlan plan, int count, CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return;
        }

        var clients = await target.CreateDevicesAsync(plan.Connections, FillAtOnce, cancellationToken);
        try
        {
            await ConnectAsync(clients, cancellationToken);
            var body = new byte[FillBytes];
            Random.Shared.NextBytes(body);
            await Parallel.ForEachAsync(
                clients,
                new ParallelOptions { MaxDegreeOfParallelism = clients.Length, CancellationToken = cancellationToken },
                async (client, token) =>
                {
                    for (var left = count / clients.Length; left > 0; left -= FillAtOnce)
                    {
                        var sends = Enumerable.Range(0, Math.Min(left, FillAtOnce)).Select(_ => client.SendEventAsync(body, properties: null, token).AsTask());
                        await Task.WhenAll(sends);
                    }
                });
        }
        finally
        {
            await DisconnectAsync(clients);
        }
    }
}
