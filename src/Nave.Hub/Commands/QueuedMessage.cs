using Nave.Hub.Connections;

namespace Nave.Hub.Commands;

/// <summary>A message in a queue, without its content. Changed only with its queue locked.</summary>
internal sealed class QueuedMessage
{
    /// <summary>Gets its place: grows within a queue and is never used twice.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets which life of the identity it was sent to.</summary>
    public required string GenerationId { get; init; }

    /// <summary>Gets what its sender called it; empty if nothing.</summary>
    public required string MessageId { get; init; }

    /// <summary>Gets what feedback its sender wants.</summary>
    public required AckMode Ack { get; init; }

    /// <summary>Gets when it was sent.</summary>
    public required DateTimeOffset Enqueued { get; init; }

    /// <summary>Gets when it ends undelivered.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Gets the same in the hub's <see cref="SteadyClock"/>, which decides.</summary>
    public required long Deadline { get; init; }

    /// <summary>Gets or sets how often it was abandoned.</summary>
    public int DeliveryCount { get; set; }

    /// <summary>Gets or sets where it stands.</summary>
    public MessageState State { get; set; }

    /// <summary>Gets or sets what its holder shows; empty unless locked.</summary>
    public Guid LockToken { get; set; }

    /// <summary>Gets or sets the connection that holds it; <see langword="null"/> for a lock by time.</summary>
    public DeviceSession? Holder { get; set; }

    /// <summary>Gets or sets when a lock by time ends, in the hub's <see cref="SteadyClock"/>.</summary>
    public long LockDeadline { get; set; }

    /// <summary>Gets or sets the stored record, while there is room for it in memory; else empty, and it is read again.</summary>
    public ReadOnlyMemory<byte> Record { get; set; }
}
