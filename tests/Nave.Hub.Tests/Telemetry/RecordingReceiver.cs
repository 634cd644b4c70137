using Nave.Hub.Telemetry;

namespace Nave.Hub.Tests.Telemetry;

/// <summary>A receiver that remembers how it ended.</summary>
internal sealed class RecordingReceiver(string name) : IEventReceiver
{
    public string Name { get; } = name;

    public ReceiverEnd? Ended { get; private set; }

    public string Message { get; private set; } = string.Empty;

    public void Displace(ReceiverEnd reason, string message)
    {
        Assert.Null(Ended);
        Ended = reason;
        Message = message;
    }
}
