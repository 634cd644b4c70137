using Nave.Amqp;
using Nave.Client;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>
/// Sends events over AMQP, some at a time, and waits for their outcomes. What was not accepted when a connection broke is sent again on the
/// next, in its order and as a further attempt.
/// </summary>
internal sealed class AmqpTelemetryDevice : AmqpActor
{
    private const int MaxBurst = 24;

    private readonly TelemetryHistory _history;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, int> _unaccepted = [];
    private int _nextSequence;

    public AmqpTelemetryDevice(LoadContext context, string deviceId, bool tls)
        : base(context, deviceId, tls)
    {
        _history = new TelemetryHistory(deviceId);
        context.History.Telemetry.Add(_history);
    }

    protected override async Task WorkAsync(AmqpPeer peer, CancellationToken stop)
    {
        var link = AmqpSendLink.Attach(peer, $"/devices/{DeviceId}/messages/events");

        // 1. What the connection before left open.
        await SendAsync(link, Unaccepted());

        // 2. New ones, until this connection ends; now and then the device cuts it off itself.
        while (!stop.IsCancellationRequested)
        {
            var count = Random.Next(1, MaxBurst + 1);
            await SendAsync(link, [.. Enumerable.Range(_nextSequence, count)], cutOff: Random.Next(200) == 0 ? peer : null);
            await PauseAsync(30, CancellationToken.None);
        }
    }

    private int[] Unaccepted()
    {
        lock (_gate)
        {
            return [.. _unaccepted.Keys];
        }
    }

    private async Task SendAsync(AmqpSendLink link, int[] sequences, AmqpPeer? cutOff = null)
    {
        // They leave in this order, before the first outcome is waited for.
        var outcomes = Array.ConvertAll(sequences, sequence => SendAsync(link, sequence));
        cutOff?.Abort(null);
        await Task.WhenAll(outcomes);
    }

    private async Task SendAsync(AmqpSendLink link, int sequence)
    {
        SentEvent sent;
        byte[] body;
        lock (_gate)
        {
            var attempt = _unaccepted[sequence] = _unaccepted.GetValueOrDefault(sequence) + 1;
            body = new TelemetryBody(DeviceId, _history.Sent.Count, Incarnation, sequence, attempt).ToUtf8();
            sent = new SentEvent(sequence, attempt, Incarnation);
            _history.Sent.Add(sent);
            _nextSequence = Math.Max(_nextSequence, sequence + 1);
        }

        var writer = new AmqpWriter();
        writer.Data(body);
        var outcome = await link.SendAsync(writer.Written.ToArray(), CancellationToken.None);
        if (outcome.Kind != AmqpOutcomeKind.Accepted)
        {
            // Given back by a hub that stops: for the next connection. Anything else there is no reason for.
            throw new AmqpPeerException(
                outcome.Kind == AmqpOutcomeKind.Released ? AmqpPeerError.NotConnected : AmqpPeerError.Refused, $"Event {sequence} was not accepted: {outcome.Kind} {outcome.Error}.");
        }

        lock (_gate)
        {
            sent.Acknowledged = true;
            _unaccepted.Remove(sequence);
        }
    }
}
