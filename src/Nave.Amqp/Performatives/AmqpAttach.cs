namespace Nave.Amqp;

/// <summary>One side's view of a link. AMQP 1.0 part 2, 2.7.3.</summary>
public sealed record AmqpAttach
{
    /// <summary>Gets the name; unique in a session among the links of one role (section 5.2.8 of the wire facts: not in a connection).</summary>
    public required string Name { get; init; }

    /// <summary>Gets the source, or null if the peer refuses.</summary>
    public AmqpSource? Source { get; init; }

    /// <summary>Gets the target, or null if the peer refuses.</summary>
    public AmqpTarget? Target { get; init; }

    /// <summary>Gets how the sender settles.</summary>
    public AmqpSenderSettleMode SenderSettleMode { get; init; } = AmqpSenderSettleMode.Mixed;

    /// <summary>Gets how the receiver settles.</summary>
    public AmqpReceiverSettleMode ReceiverSettleMode { get; init; }

    /// <summary>Gets the largest message in bytes that its sender takes; null or 0 for no limit.</summary>
    public ulong? MaxMessageSize { get; init; }

    /// <summary>Gets the capabilities that its sender has, or null.</summary>
    public IReadOnlyList<string>? OfferedCapabilities { get; init; }

    /// <summary>Gets the capabilities that its sender would use, or null.</summary>
    public IReadOnlyList<string>? DesiredCapabilities { get; init; }

    /// <summary>Gets the properties (keys are symbols), or null.</summary>
    public AmqpMap? Properties { get; init; }

    /// <summary>Gets the number that the peer chose for the link.</summary>
    internal uint Handle { get; init; }

    /// <summary>Gets a value indicating whether the one who sent this is the receiver.</summary>
    internal bool IsReceiver { get; init; }

    /// <summary>Gets where the sender's delivery count begins; a sender must say so.</summary>
    internal uint? InitialDeliveryCount { get; init; }
}
