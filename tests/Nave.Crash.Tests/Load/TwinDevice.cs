using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Nave.Api;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Reports properties, up to three at a time, and watches the versions of the desired ones.</summary>
internal sealed class TwinDevice(LoadContext context, string deviceId)
    : DeviceActor(context, deviceId, tls: false, [MqttTopics.TwinResponseFilter, MqttTopics.DesiredPatchFilter])
{
    // A hub that is there answers within this time, or hangs.
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, TaskCompletionSource<(int Status, long Version)>> _requests = [];
    private int _lastRequest;
    private long _desiredVersion;

    public override void Acknowledged(MqttLink link, ushort packetId) =>
        Context.History.Anomalies.Enqueue((DeviceId, $"PUBACK {packetId} of nothing"));

    public override void Published(MqttLink link, in MqttTopicMatch topic, ReadOnlySpan<byte> payload, ushort packetId)
    {
        if (topic.Kind == MqttTopicKind.DesiredPatch)
        {
            var version = topic.Version ?? 0;
            if (version <= _desiredVersion)
            {
                Context.History.Anomalies.Enqueue((DeviceId, $"desired version {version} came after {_desiredVersion} on connection {Incarnation}"));
            }

            _desiredVersion = version;
            return;
        }

        if (topic.Kind == MqttTopicKind.TwinResponse && Utf8Parser.TryParse(topic.RequestId, out int request, out _))
        {
            TaskCompletionSource<(int, long)>? waiting;
            lock (_gate)
            {
                _requests.Remove(request, out waiting);
            }

            if (waiting is null)
            {
                Context.History.Anomalies.Enqueue((DeviceId, $"a second answer to twin request {request}"));
            }

            waiting?.TrySetResult((topic.Status, topic.Version ?? 0));
        }
    }

    protected override async Task WorkAsync(MqttLink link, CancellationToken stop)
    {
        _desiredVersion = 0;
        while (!stop.IsCancellationRequested)
        {
            var reports = new Task[Random.Next(1, 4)];
            for (var i = 0; i < reports.Length; i++)
            {
                reports[i] = ReportAsync(link, ++_lastRequest);
            }

            await link.TryFlushAsync();
            if (Random.Next(100) == 0)
            {
                link.Dispose();
            }

            await Task.WhenAll(reports);
            link.Ended.ThrowIfCancellationRequested();
            await PauseAsync(30, link.Ended);
        }
    }

    private async Task ReportAsync(MqttLink link, int request)
    {
        var marker = $"{DeviceId}-r{request}";
        var answer = new TaskCompletionSource<(int Status, long Version)>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _requests.Add(request, answer);
        }

        var start = Period.Now;
        link.Publish(
            Encoding.ASCII.GetBytes(MqttTopics.TwinReported(request.ToString(CultureInfo.InvariantCulture), null)),
            Encoding.UTF8.GetBytes($$"""{"r":"{{marker}}"}"""),
            0);
        var outcome = Outcome.Unknown;
        var version = 0L;
        try
        {
            (var status, version) = await answer.Task.WaitAsync(s_answerTimeout, TimeProvider.System, link.Ended);
            outcome = status switch { 204 => Outcome.Acknowledged, >= 400 and < 500 => Outcome.Refused, _ => Outcome.Unknown };
        }
        catch (OperationCanceledException)
        {
            // The connection ended first.
        }
        catch (TimeoutException)
        {
            Context.History.Anomalies.Enqueue((DeviceId, $"no answer to twin request {request} within {s_answerTimeout}"));
        }

        lock (_gate)
        {
            _requests.Remove(request);
        }

        Context.History.TwinWrites.Enqueue(
            new TwinWrite(DeviceId, marker, TwinWriteKind.Reported, Period.Since(start), outcome) { Version = version });
    }
}
