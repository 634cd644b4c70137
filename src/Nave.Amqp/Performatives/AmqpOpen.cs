namespace Nave.Amqp;

/// <summary>What a peer says of itself and of the connection. AMQP 1.0 part 2, 2.7.1.</summary>
public sealed record AmqpOpen
{
    /// <summary>Gets the name of the container.</summary>
    public required string ContainerId { get; init; }

    /// <summary>Gets the host that the client wants: the hub, or null.</summary>
    public string? HostName { get; init; }

    /// <summary>Gets the largest frame that its sender takes, in bytes; at least 512.</summary>
    public uint MaxFrameSize { get; init; } = uint.MaxValue;

    /// <summary>Gets the highest channel number that its sender takes.</summary>
    public ushort ChannelMax { get; init; } = ushort.MaxValue;

    /// <summary>Gets after how much silence its sender gives up, in milliseconds; null or 0 for never.</summary>
    public uint? IdleTimeout { get; init; }

    /// <summary>Gets the capabilities that its sender has, or null.</summary>
    public IReadOnlyList<string>? OfferedCapabilities { get; init; }

    /// <summary>Gets the capabilities that its sender would use, or null.</summary>
    public IReadOnlyList<string>? DesiredCapabilities { get; init; }

    /// <summary>Gets the properties (keys are symbols), or null.</summary>
    public AmqpMap? Properties { get; init; }
}
