namespace Nave.Amqp.Wire;

/// <summary>The header section: durable, priority, ttl, first-acquirer, delivery-count.</summary>
internal static class AmqpHeaderCodec
{
    public static AmqpHeader Read(AmqpListView list) => new()
    {
        Durable = list.BooleanOr(false),
        Priority = list.UByteOr(4),
        TimeToLive = list.UInt(),
        FirstAcquirer = list.BooleanOr(false),
        DeliveryCount = list.UIntOr(0),
    };

    public static void Write(AmqpWriter writer, in AmqpHeader header)
    {
        writer.Descriptor(Descriptor.Header);
        var start = writer.BeginList();
        writer.Boolean(header.Durable);
        writer.UByte(header.Priority);
        writer.UIntOrNull(header.TimeToLive);
        writer.Boolean(header.FirstAcquirer);
        writer.UInt(header.DeliveryCount);
        writer.End(start, 5);
    }
}
