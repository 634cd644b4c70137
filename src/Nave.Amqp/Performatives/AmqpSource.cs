namespace Nave.Amqp;

/// <summary>Where a link takes messages from. AMQP 1.0 part 3, 3.5.3.</summary>
public sealed record AmqpSource
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

    /// <summary>Gets move or copy, or null.</summary>
    public string? DistributionMode { get; init; }

    /// <summary>Gets the filters by name (symbols; values usually described), or null.</summary>
    public AmqpMap? Filter { get; init; }

    /// <summary>Gets the outcome of deliveries that are settled without one (a described list), or null.</summary>
    public AmqpValue DefaultOutcome { get; init; }

    /// <summary>Gets the outcomes that may be used (symbols), or null.</summary>
    public IReadOnlyList<string>? Outcomes { get; init; }

    /// <summary>Gets the capabilities (symbols), or null.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }
}
