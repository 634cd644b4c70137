namespace Nave.Crash.Tests.History;

/// <summary>One delivery of a cloud-to-device message to a receiver.</summary>
/// <param name="deviceId">Whose queue.</param>
/// <param name="marker">The body.</param>
/// <param name="receiver">Who got it; a connection of a device is a receiver of its own.</param>
/// <param name="life">Which life of the hub gave it out.</param>
/// <param name="received">When it was asked for and came.</param>
internal sealed class CommandReceipt(string deviceId, string marker, string receiver, int life, Period received)
{
    public string DeviceId => deviceId;

    public string Marker => marker;

    public string Receiver => receiver;

    public int Life => life;

    public Period Received => received;

    /// <summary>Gets the lock, or <see langword="null"/> if the connection is the lock.</summary>
    public string? LockToken { get; init; }

    /// <summary>Gets its place in the queue; 0 = not told.</summary>
    public long SequenceNumber { get; init; }

    /// <summary>Gets what the receiver did with it, in order.</summary>
    public List<CommandSettlement> Settlements { get; } = [];

    /// <inheritdoc/>
    public override string ToString() =>
        $"life {life}: {receiver} got {marker} (sequence {SequenceNumber}) in {received.Start}..{received.End}; {string.Join(", ", Settlements)}";
}
