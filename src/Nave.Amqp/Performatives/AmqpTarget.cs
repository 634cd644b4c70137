namespace Nave.Amqp;

/// <summary>Where a link brings messages to. AMQP 1.0 part 3, 3.5.4.</summary>
public sealed record AmqpTarget
{
    /// <summary>Gets the address as it was sent (relative, absolute, any case), or null.</summary>
    public string? Address { get; init; }

    /// <summary>Gets the terminus durability: 0 none, 1 configuration, 2 unsettled state.</summary>
    public uint Durable { get; init; }

    /// <summary>Gets the expiry policy, or null for the default.</summary>
    public string? ExpiryPolicy { get; init; }

    /// <summary>Gets the time until the terminus expires, in seconds.</summary>
    public uint Timeout { get; init; }

    /// <summary>Gets a value indicating whether the peer asks for a new address.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>Gets the properties of a node to create, or null.</summary>
    public AmqpMap? DynamicNodeProperties { get; init; }

    /// <summary>Gets the capabilities (symbols), or null.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Gets a value indicating whether it is none of ours, such as a coordinator of transactions.</summary>
    internal bool IsOfOtherKind { get; init; }
}
