namespace Nave.Hub.Telemetry;

/// <summary>A head's receiver of one partition, seen from the hub.</summary>
public interface IEventReceiver
{
    /// <summary>Gets what the receiver calls itself, for messages to others; empty if nothing.</summary>
    string Name { get; }

    /// <summary>Tells that the receiver's place is taken. Called once at most, on any thread; must neither block nor throw.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">A sentence for the reader.</param>
    void Displace(ReceiverEnd reason, string message);
}
