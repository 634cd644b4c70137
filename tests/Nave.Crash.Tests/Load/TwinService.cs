using System.Collections.Concurrent;
using System.Text;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Patches, replaces and reads twins, several of these the same twins; now and then on condition of an etag.</summary>
internal sealed class TwinService(LoadContext context, string name, IReadOnlyList<string> devices, ConcurrentDictionary<string, string> etags)
    : ServiceActor(context, name)
{
    private int _count;

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var device = devices[Random.Next(devices.Count)];
        var choice = Random.Next(10);
        return choice >= 8 ? await ReadAsync(life, device) : await WriteAsync(life, device, choice switch
        {
            < 5 => TwinWriteKind.Desired,
            < 7 => TwinWriteKind.Tags,
            _ => TwinWriteKind.Replace,
        });
    }

    private async Task<bool> ReadAsync(HubLife life, string device)
    {
        var start = Period.Now;
        var reply = await life.Http.ServiceAsync(HttpMethod.Get, $"twins/{device}");
        if (reply.Outcome == Outcome.Acknowledged)
        {
            var state = TwinState.Parse(reply.Json());
            History.TwinReads.Enqueue(new TwinRead(device, Period.Since(start), state));
            etags[device] = state.ETag!;
        }
        else if (reply.Status == 404)
        {
            History.Anomalies.Enqueue((device, "the twin of a device that was never deleted is not found"));
        }

        return Answered(reply);
    }

    private async Task<bool> WriteAsync(HubLife life, string device, TwinWriteKind kind)
    {
        var marker = $"{Name}-{_count++}";
        var ifMatch = Random.Next(4) == 0 ? etags.GetValueOrDefault(device) : null;
        var body = kind switch
        {
            TwinWriteKind.Tags => $$$$"""{"tags":{"t":"{{{{marker}}}}"}}""",
            TwinWriteKind.Desired => $$$$"""{"properties":{"desired":{"d":"{{{{marker}}}}"}}}""",
            _ => $$$$"""{"tags":{"t":"{{{{marker}}}}"},"properties":{"desired":{"d":"{{{{marker}}}}"}}}""",
        };
        var start = Period.Now;
        var reply = await life.Http.ServiceAsync(
            kind == TwinWriteKind.Replace ? HttpMethod.Put : HttpMethod.Patch, $"twins/{device}", Encoding.UTF8.GetBytes(body), ifMatch);
        var state = reply.Outcome == Outcome.Acknowledged ? TwinState.Parse(reply.Json()) : null;
        History.TwinWrites.Enqueue(new TwinWrite(device, marker, kind, Period.Since(start), reply.Outcome)
        {
            Version = state?.Version ?? 0,
            IfMatch = ifMatch,
            ETag = state?.ETag,
        });
        if (state?.ETag is { } etag)
        {
            etags[device] = etag;
        }

        return Answered(reply);
    }
}
