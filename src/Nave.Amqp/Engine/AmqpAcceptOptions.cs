namespace Nave.Amqp;

/// <summary>What the answer to an attach says beyond the echo of name, source, target and settle modes.</summary>
public sealed record AmqpAcceptOptions
{
    /// <summary>Gets the usual.</summary>
    public static AmqpAcceptOptions Default { get; } = new();

    /// <summary>
    /// Gets the largest message to take and to name in the attach, in bytes. Clients read it as the limit of a batch, so it is always named
    /// (wire facts 5.2.4). 262144: device-to-cloud of a hub.
    /// </summary>
    public int MaxMessageSize { get; init; } = 262_144;

    /// <summary>
    /// Gets for a receiver: how many messages the peer may have sent that are not settled. The credit is topped up when half of it is used and settled.
    /// 0 to give credit by hand with <see cref="AmqpReceiverLink.SetCredit"/>.
    /// </summary>
    public int Credit { get; init; } = 200;

    /// <summary>Gets another source than the one asked for, or null.</summary>
    public AmqpSource? Source { get; init; }

    /// <summary>Gets another target than the one asked for, or null.</summary>
    public AmqpTarget? Target { get; init; }

    /// <summary>Gets the capabilities to offer, or null.</summary>
    public IReadOnlyList<string>? OfferedCapabilities { get; init; }

    /// <summary>Gets the properties (keys are symbols); null for an empty map if the peer sent properties, else none.</summary>
    public AmqpMap? Properties { get; init; }
}
