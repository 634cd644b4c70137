using System.Diagnostics;
using Nave.Crash.Tests.History;
using Nave.Crash.Tests.Load;

namespace Nave.Crash.Tests.Checking;

/// <summary>Reads back what a hub has kept, after the load has ended.</summary>
internal sealed class Reader(HubLife life, RunHistory history, EventWitness witness)
{
    // The relay of the outbox and locks by time need a moment.
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<StoredLine> _events = [];

    /// <summary>Reads everything.</summary>
    /// <param name="queues">The devices whose messages are to be drained.</param>
    public async Task<ReadBack> ReadAsync(IEnumerable<string> queues)
    {
        var drained = (await Task.WhenAll(queues.Select(DrainAsync))).SelectMany(receipts => receipts).ToArray();
        var twins = new Dictionary<string, TwinState>();
        foreach (var device in history.TwinDevices)
        {
            var reply = await life.Http.ServiceAsync(HttpMethod.Get, $"twins/{device}");
            if (reply.Status == 200)
            {
                twins.Add(device, TwinState.Parse(reply.Json()));
            }
        }

        var identities = (await life.Http.ServiceAsync(HttpMethod.Get, "devices?top=1000")).Json().EnumerateArray().ToDictionary(
            device => device.GetProperty("deviceId").GetString()!,
            device => new StoredIdentity(
                device.TryGetProperty("statusReason", out var reason) ? reason.GetString() : null,
                device.GetProperty("etag").GetString()!,
                device.GetProperty("generationId").GetString()!));
        await ReadEventsAsync(twins, identities);
        return new ReadBack([.. _events.OrderBy(line => line.Partition).ThenBy(line => line.SequenceNumber)], twins, identities, drained);
    }

    /// <summary>Reads the log from its beginning, and on until it tells of everything that the store holds.</summary>
    private async Task ReadEventsAsync(Dictionary<string, TwinState> twins, Dictionary<string, StoredIdentity> identities)
    {
        var watch = Stopwatch.StartNew();
        var next = new long[Fleet.Partitions];
        var versions = new Dictionary<string, long>();
        var generations = new Dictionary<string, string?>();
        while (true)
        {
            var before = _events.Count;
            for (var partition = 0; partition < next.Length; partition++)
            {
                next[partition] = await ReadPartitionAsync(partition, next[partition]);
            }

            foreach (var line in _events.Skip(before))
            {
                if (line.Source == "twinChangeEvents")
                {
                    versions[line.DeviceId] = line.Body.GetProperty("version").GetInt64();
                }
                else if (line.Source == "deviceLifecycleEvents")
                {
                    generations[line.DeviceId] = line.Operation == "createDeviceIdentity" ? line.GenerationId : null;
                }
            }

            // What never comes is for the checker to tell.
            var isComplete = twins.All(twin => twin.Value.Version == TwinState.New.Version || versions.GetValueOrDefault(twin.Key) >= twin.Value.Version)
                && identities.All(identity => generations.GetValueOrDefault(identity.Key) == identity.Value.GenerationId)
                && generations.All(generation => generation.Value is null || identities.ContainsKey(generation.Key));
            if (isComplete || watch.Elapsed > s_settleTime)
            {
                return;
            }

            await Task.Delay(s_pollInterval, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<long> ReadPartitionAsync(int partition, long from)
    {
        using var stream = await life.Http.EventsAsync($"partition={partition}&from={from}&untilEnd=true", CancellationToken.None);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } text)
        {
            var line = StoredLine.Parse(text);
            witness.Saw(line);
            _events.Add(line);
            from = line.SequenceNumber + 1;
        }

        // What was seen before a crash and is not there any more.
        if (from < witness.NextOf(partition))
        {
            witness.Missing(partition, from);
        }

        return from;
    }

    private async Task<List<CommandReceipt>> DrainAsync(string device)
    {
        var watch = Stopwatch.StartNew();
        var receipts = new List<CommandReceipt>();
        while (true)
        {
            var (reply, receipt) = await CommandReceiver.ReceiveAsync(life, device, "drain");
            if (receipt is not null)
            {
                receipts.Add(receipt);
                await CommandReceiver.SettleAsync(life, receipt, SettlementKind.Complete);
                continue;
            }

            // Others may be locked still.
            var identity = (await life.Http.ServiceAsync(HttpMethod.Get, $"devices/{device}")).Json();
            var waiting = identity.GetProperty("cloudToDeviceMessageCount").GetInt32();
            if (waiting == 0 && reply.Status == 204)
            {
                return receipts;
            }

            if (watch.Elapsed > s_settleTime)
            {
                history.Anomalies.Enqueue((device, $"{waiting} messages are counted and none is delivered ({reply.Status})"));
                return receipts;
            }

            await Task.Delay(s_pollInterval, TimeProvider.System, CancellationToken.None);
        }
    }
}
