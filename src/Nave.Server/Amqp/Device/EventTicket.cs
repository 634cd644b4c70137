using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>A delivery of events on its way into the log.</summary>
internal struct EventTicket(in AmqpDelivery delivery)
{
    /// <summary>Gets the delivery.</summary>
    public uint Id { get; } = delivery.Id;

    /// <summary>Gets a value indicating whether the sender wants no answer.</summary>
    public bool IsSettled { get; } = delivery.IsSettled;

    /// <summary>Gets a value indicating whether there are several messages in it.</summary>
    public bool IsBatch { get; } = delivery.MessageFormat == AmqpBatch.Format;

    /// <summary>Gets or sets how far a batch is; <see langword="null"/> before it was begun.</summary>
    public EventBatch? Batch { get; set; }
}
