namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.7.</summary>
internal readonly record struct AmqpDetach
{
    public uint Handle { get; init; }

    public bool Closed { get; init; }

    public AmqpError? Error { get; init; }

    public static AmqpDetach Read(AmqpListView list) => new()
    {
        Handle = list.UIntRequired("handle of detach"),
        Closed = list.BooleanOr(false),
        Error = AmqpErrorCodec.Read(list.Next()),
    };

    public void Write(AmqpWriter writer)
    {
        writer.Descriptor(Descriptor.Detach);
        var start = writer.BeginList();
        writer.UInt(Handle);
        writer.Boolean(Closed);
        AmqpErrorCodec.Write(writer, Error);
        writer.End(start, 3);
    }
}
