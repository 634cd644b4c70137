using System.Text;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Calls direct methods of devices that may be away.</summary>
internal sealed class MethodCaller(LoadContext context, string name, IReadOnlyList<string> devices) : ServiceActor(context, name)
{
    private int _count;

    protected override int MaxPause => 30;

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var device = devices[Random.Next(devices.Count)];
        var marker = $"{Name}-{_count++}";
        var body = $$$"""{"methodName":"echo","responseTimeoutInSeconds":5,"payload":{"marker":"{{{marker}}}"}}""";
        var reply = await life.Http.ServiceAsync(HttpMethod.Post, $"twins/{device}/methods", Encoding.UTF8.GetBytes(body));
        var answer = reply.Outcome == Outcome.Acknowledged ? reply.Json().GetProperty("payload") : default;
        History.Methods.Enqueue(reply.Outcome == Outcome.Acknowledged
            ? new MethodCall(device, marker, reply.Outcome, answer.GetProperty("device").GetString(), answer.GetProperty("marker").GetString())
            : new MethodCall(device, marker, reply.Outcome, null, null));
        return Answered(reply);
    }
}
