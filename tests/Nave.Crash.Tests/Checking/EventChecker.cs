using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>Holds the stored telemetry against what devices sent and what was acknowledged to them.</summary>
internal static class EventChecker
{
    // One device that lost a thousand events is one finding, shown with its first ones.
    private const int MaxFindings = 5;

    public static IEnumerable<Violation> Check(RunHistory history, ReadBack stored)
    {
        var byDevice = stored.Events.Where(line => line.Telemetry is not null).ToLookup(line => line.DeviceId);
        var known = history.Telemetry.Select(device => device.DeviceId).ToHashSet();
        return CheckPartitions(stored.Events)
            .Concat(stored.Events.Where(line => line.Source == "deviceConnectionStateEvents").GroupBy(line => line.DeviceId).SelectMany(CheckConnections))
            .Concat(byDevice.Where(device => !known.Contains(device.Key)).Select(device =>
                new Violation(ViolationKind.ForeignEvent, device.Key, "the device sent nothing, and has events", Lines(device))))
            .Concat(history.Telemetry.SelectMany(device => CheckDevice(device, [.. byDevice[device.DeviceId]]).Take(MaxFindings)))
            .Concat(history.Clients.SelectMany(client => CheckClient(client, [.. stored.Events.Where(line => line.DeviceId == client.DeviceId)]).Take(MaxFindings)));
    }

    private static IEnumerable<Violation> CheckPartitions(IReadOnlyList<StoredLine> events) => events
        .GroupBy(line => line.DeviceId)
        .Where(device => device.Select(line => line.Partition).Distinct().Count() > 1)
        .Select(device => new Violation(ViolationKind.ForeignEvent, device.Key, "the device's events are in several partitions", Lines(device)));

    /// <summary>The numbers of connects and disconnects grow, over all lives of the hub.</summary>
    private static IEnumerable<Violation> CheckConnections(IGrouping<string, StoredLine> device)
    {
        var last = "";
        foreach (var line in device)
        {
            var number = line.Body.GetProperty("sequenceNumber").GetString()!;
            if (string.CompareOrdinal(number, last) <= 0)
            {
                yield return new Violation(
                    number == last ? ViolationKind.DoubledEvent : ViolationKind.ReorderedEvent,
                    device.Key,
                    $"connection state {number} follows {last}",
                    Lines(device.TakeWhile(other => other.SequenceNumber <= line.SequenceNumber)));
                yield break;
            }

            last = number;
        }
    }

    private static IEnumerable<Violation> CheckDevice(TelemetryHistory device, StoredLine[] lines)
    {
        foreach (var anomaly in device.Anomalies)
        {
            yield return new Violation(ViolationKind.Anomaly, device.DeviceId, anomaly);
        }

        // 1. What is there was sent, as it is there, once, and in this order.
        var found = new HashSet<int>();
        var last = -1;
        foreach (var line in lines)
        {
            var body = line.Telemetry!.Value;
            if (body.Ordinal >= device.Sent.Count || body.DeviceId != device.DeviceId)
            {
                yield return Found(ViolationKind.ForeignEvent, $"nobody sent this: {line}");
                continue;
            }

            var sent = device.Sent[body.Ordinal];
            if (!line.IsIntact || (sent.Sequence, sent.Attempt, sent.Incarnation) != (body.Sequence, body.Attempt, body.Incarnation))
            {
                yield return Found(ViolationKind.AlteredEvent, $"ordinal {body.Ordinal} was sent as {sent} and is stored as {line}");
            }

            if (!found.Add(body.Ordinal))
            {
                yield return Found(ViolationKind.DoubledEvent, $"ordinal {body.Ordinal} ({sent}) is stored again as {line}");
            }
            else if (body.Ordinal < last)
            {
                yield return Found(ViolationKind.ReorderedEvent, $"ordinal {body.Ordinal} ({sent}) is stored behind {last} as {line}");
            }

            last = Math.Max(last, body.Ordinal);
        }

        // 2. What was acknowledged is there.
        for (var ordinal = 0; ordinal < device.Sent.Count; ordinal++)
        {
            if (device.Sent[ordinal].Acknowledged && !found.Contains(ordinal))
            {
                yield return Found(ViolationKind.LostEvent, $"ordinal {ordinal} ({device.Sent[ordinal]}) is not stored", ordinal);
            }
        }

        Violation Found(ViolationKind kind, string message, int around = -1) => new(kind, device.DeviceId, message, around < 0 ? Lines(lines) :
        [
            .. Enumerable.Range(Math.Max(0, around - 10), Math.Min(20, device.Sent.Count - Math.Max(0, around - 10)))
                .Select(i => $"{i}: {device.Sent[i]}, {(found.Contains(i) ? "stored" : "not stored")}"),
        ]);
    }

    private static IEnumerable<Violation> CheckClient(ClientHistory client, StoredLine[] lines)
    {
        var copies = new Dictionary<int, int>();
        var last = -1;
        foreach (var line in lines.Where(line => line.Source == "Telemetry"))
        {
            var sequence = line.Body.GetProperty("client").GetInt32();
            var copy = copies[sequence] = copies.GetValueOrDefault(sequence) + 1;
            if (copy == 1 && sequence != last + 1)
            {
                yield return new Violation(ViolationKind.ReorderedEvent, client.DeviceId, $"event {sequence} is stored behind {last}", Lines(lines));
            }

            // The client sends an event at most once on each connection.
            if (copy > client.Connections)
            {
                yield return new Violation(
                    ViolationKind.DoubledEvent, client.DeviceId, $"event {sequence} is stored {copy} times, with {client.Connections} connections", Lines(lines));
            }

            last = Math.Max(last, sequence);
        }

        for (var sequence = 0; sequence < client.Acknowledged.Count; sequence++)
        {
            if (client.Acknowledged[sequence] && !copies.ContainsKey(sequence))
            {
                yield return new Violation(ViolationKind.LostEvent, client.DeviceId, $"event {sequence} was acknowledged and is not stored", Lines(lines));
            }
        }
    }

    private static string[] Lines(IEnumerable<StoredLine> lines) => [.. lines.TakeLast(20).Select(line => line.ToString())];
}
