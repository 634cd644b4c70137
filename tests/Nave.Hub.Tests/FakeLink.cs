using System.Collections.Concurrent;
using System.Text;
using Nave.Hub.Connections;

namespace Nave.Hub.Tests;

/// <summary>A device as the hub sees it: remembers what it was sent.</summary>
internal sealed class FakeLink : IDeviceLink
{
    private int _available;

    public string Protocol => "Mqtt";

    public ConcurrentQueue<(long Version, string Patch)> Desired { get; } = new();

    public ConcurrentQueue<(string RequestId, string Name, string Payload)> Calls { get; } = new();

    public int Available => Volatile.Read(ref _available);

    public CloseReason? ClosedFor { get; private set; }

    public Action<string, string, ReadOnlyMemory<byte>>? Invoked { get; set; }

    public void DesiredChanged(long version, ReadOnlyMemory<byte> patch) => Desired.Enqueue((version, Encoding.UTF8.GetString(patch.Span)));

    public bool TryInvoke(string requestId, string methodName, ReadOnlyMemory<byte> payload)
    {
        Calls.Enqueue((requestId, methodName, Encoding.UTF8.GetString(payload.Span)));
        Invoked?.Invoke(requestId, methodName, payload);
        return true;
    }

    public void CloudToDeviceAvailable() => Interlocked.Increment(ref _available);

    public void Close(CloseReason reason) => ClosedFor = reason;
}
