namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.4.</summary>
internal readonly record struct AmqpFlow
{
    public uint? NextIncomingId { get; init; }

    public uint IncomingWindow { get; init; }

    public uint NextOutgoingId { get; init; }

    public uint OutgoingWindow { get; init; }

    /// <summary>Gets the link, or null for the session alone.</summary>
    public uint? Handle { get; init; }

    public uint? DeliveryCount { get; init; }

    public uint? LinkCredit { get; init; }

    public uint? Available { get; init; }

    public bool Drain { get; init; }

    public bool Echo { get; init; }

    public static AmqpFlow Read(AmqpListView list) => new()
    {
        NextIncomingId = list.UInt(),
        IncomingWindow = list.UIntRequired("incoming-window of flow"),
        NextOutgoingId = list.UIntRequired("next-outgoing-id of flow"),
        OutgoingWindow = list.UIntRequired("outgoing-window of flow"),
        Handle = list.UInt(),
        DeliveryCount = list.UInt(),
        LinkCredit = list.UInt(),
        Available = list.UInt(),
        Drain = list.BooleanOr(false),
        Echo = list.BooleanOr(false),
    };

    public void Write(AmqpWriter writer)
    {
        writer.Descriptor(Descriptor.Flow);
        var start = writer.BeginList8();
        writer.UIntOrNull(NextIncomingId);
        writer.UInt(IncomingWindow);
        writer.UInt(NextOutgoingId);
        writer.UInt(OutgoingWindow);
        writer.UIntOrNull(Handle);
        writer.UIntOrNull(DeliveryCount);
        writer.UIntOrNull(LinkCredit);
        writer.UIntOrNull(Available);
        writer.Boolean(Drain);
        writer.Boolean(Echo);
        writer.Null();
        writer.End8(start, 11);
    }
}
