namespace Nave.Amqp;

/// <summary>The header section. AMQP 1.0 part 3, 3.2.1.</summary>
public readonly record struct AmqpHeader
{
    public AmqpHeader()
    {
    }

    /// <summary>Gets a value indicating whether the message must not be lost.</summary>
    public bool Durable { get; init; }

    /// <summary>Gets the priority, 4 if nothing was said.</summary>
    public byte Priority { get; init; } = 4;

    /// <summary>Gets the time to live in milliseconds, or null.</summary>
    public uint? TimeToLive { get; init; }

    /// <summary>Gets a value indicating whether nobody had the message before.</summary>
    public bool FirstAcquirer { get; init; }

    /// <summary>Gets how many deliveries failed before.</summary>
    public uint DeliveryCount { get; init; }
}
