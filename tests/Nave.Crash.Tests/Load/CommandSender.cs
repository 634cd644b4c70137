using System.Globalization;
using System.Text;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Sends cloud-to-device messages.</summary>
internal sealed class CommandSender(LoadContext context, string name, IReadOnlyList<string> devices) : ServiceActor(context, name)
{
    private int _count;

    protected override int MaxPause => 15;

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var device = devices[Random.Next(devices.Count)];
        var marker = $"{Name}-{_count++}";
        var start = Period.Now;
        var reply = await life.Http.ServiceAsync(HttpMethod.Post, $"devices/{device}/messages/devicebound", Encoding.UTF8.GetBytes(marker));
        _ = long.TryParse(reply.Header("iothub-sequencenumber"), CultureInfo.InvariantCulture, out var sequence);
        History.Commands.Enqueue(new SentCommand(device, marker, Period.Since(start), reply.Outcome, sequence));
        return Answered(reply);
    }
}
