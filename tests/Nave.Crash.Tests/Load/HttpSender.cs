using System.Text;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Sends events over HTTPS, alone and in batches, one request after the other.</summary>
internal sealed class HttpSender : ServiceActor
{
    private const string BatchType = "application/vnd.microsoft.iothub.json";

    private readonly TelemetryHistory _history;

    public HttpSender(LoadContext context, string deviceId)
        : base(context, deviceId)
    {
        _history = new TelemetryHistory(deviceId);
        context.History.Telemetry.Add(_history);
    }

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var isBatch = Random.Next(2) == 0;
        var bodies = new byte[isBatch ? Random.Next(1, 12) : 1][];
        var first = _history.Sent.Count;
        for (var i = 0; i < bodies.Length; i++)
        {
            var ordinal = first + i;
            bodies[i] = new TelemetryBody(Name, ordinal, life.Number, ordinal, 1).ToUtf8();
            _history.Sent.Add(new SentEvent(ordinal, 1, life.Number));
        }

        var batch = "[" + string.Join(",", bodies.Select(body => $$"""{"body":"{{Convert.ToBase64String(body)}}"}""")) + "]";
        var reply = await life.Http.SendEventsAsync(
            Name, isBatch ? Encoding.ASCII.GetBytes(batch) : bodies[0], isBatch ? BatchType : "application/octet-stream");
        for (var i = 0; i < bodies.Length; i++)
        {
            _history.Sent[first + i].Acknowledged = reply.Outcome == Outcome.Acknowledged;
        }

        if (reply.Outcome == Outcome.Refused)
        {
            _history.Anomalies.Add($"events over HTTPS were refused with {reply.Status}");
        }

        return Answered(reply);
    }
}
