using System.Buffers;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>
/// Sends events with QoS 1, several at a time. What was not acknowledged when a connection broke is sent again on the next, in its order
/// and as a further attempt. Answers direct methods with what they ask.
/// </summary>
internal sealed class TelemetryDevice : DeviceActor, IDisposable
{
    private const int Window = 32;
    private const int MaxBurst = 24;
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(20);

    private readonly TelemetryHistory _history;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, int> _unacknowledged = [];
    private readonly Queue<(ushort PacketId, int Ordinal)> _inFlight = new();
    private readonly SemaphoreSlim _acknowledged = new(0);
    private int _nextSequence;

    public TelemetryDevice(LoadContext context, string deviceId, bool tls)
        : base(context, deviceId, tls, [MqttTopics.MethodFilter])
    {
        _history = new TelemetryHistory(deviceId);
        context.History.Telemetry.Add(_history);
    }

    public override void Acknowledged(MqttLink link, ushort packetId)
    {
        lock (_gate)
        {
            // MQTT 3.1.1 [MQTT-4.6.0-2]: in the order of the messages.
            if (!_inFlight.TryDequeue(out var sent) || sent.PacketId != packetId)
            {
                _history.Anomalies.Add($"PUBACK {packetId} on connection {Incarnation} where {sent.PacketId} was next");
                return;
            }

            var attempt = _history.Sent[sent.Ordinal];
            attempt.Acknowledged = true;
            _unacknowledged.Remove(attempt.Sequence);
        }

        _acknowledged.Release();
    }

    public override void Published(MqttLink link, in MqttTopicMatch topic, ReadOnlySpan<byte> payload, ushort packetId)
    {
        if (topic.Kind != MqttTopicKind.MethodCall)
        {
            return;
        }

        var reader = new Utf8JsonReader(payload);
        using var call = JsonDocument.ParseValue(ref reader);
        var marker = call.RootElement.GetProperty("marker").GetString()!;
        Context.History.MethodsReceived.Enqueue((DeviceId, marker));
        var answer = new ArrayBufferWriter<byte>();
        MqttTopics.WriteMethodResponse(answer, 200, topic.RequestId);
        link.Publish(answer.WrittenSpan, Encoding.UTF8.GetBytes($$"""{"device":"{{DeviceId}}","marker":"{{marker}}"}"""), 0);
        _ = link.TryFlushAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _acknowledged.Dispose();

    protected override async Task WorkAsync(MqttLink link, CancellationToken stop)
    {
        // 1. What the connection before left open.
        int[] again;
        lock (_gate)
        {
            _inFlight.Clear();
            again = [.. _unacknowledged.Keys];
        }

        foreach (var sequence in again)
        {
            await SendAsync(link, sequence);
        }

        // Also when the load ends before there is anything new.
        await link.FlushAsync();

        // 2. New ones, until this connection ends; now and then the device cuts it off itself.
        while (!stop.IsCancellationRequested)
        {
            for (var left = Random.Next(1, MaxBurst + 1); left > 0; left--)
            {
                await SendAsync(link, _nextSequence++);
            }

            await link.FlushAsync();
            if (Random.Next(200) == 0)
            {
                return;
            }

            await PauseAsync(30, link.Ended);
        }

        // 3. All that is sent is acknowledged.
        while (Waiting() > 0)
        {
            if (!await _acknowledged.WaitAsync(s_drainTimeout, link.Ended))
            {
                _history.Anomalies.Add($"no PUBACK within {s_drainTimeout} while the hub was there");
                return;
            }
        }
    }

    private int Waiting()
    {
        lock (_gate)
        {
            return _inFlight.Count;
        }
    }

    private async Task SendAsync(MqttLink link, int sequence)
    {
        while (Waiting() >= Window)
        {
            await link.FlushAsync();
            await _acknowledged.WaitAsync(link.Ended);
        }

        link.Ended.ThrowIfCancellationRequested();
        var packetId = link.NextPacketId();
        TelemetryBody body;
        lock (_gate)
        {
            var attempt = _unacknowledged[sequence] = _unacknowledged.GetValueOrDefault(sequence) + 1;
            body = new TelemetryBody(DeviceId, _history.Sent.Count, Incarnation, sequence, attempt);
            _inFlight.Enqueue((packetId, body.Ordinal));
            _history.Sent.Add(new SentEvent(sequence, attempt, Incarnation));
        }

        link.PublishEvent(body.ToUtf8(), packetId);
    }
}
