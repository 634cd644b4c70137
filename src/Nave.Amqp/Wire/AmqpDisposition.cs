namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.6.</summary>
internal readonly record struct AmqpDisposition
{
    /// <summary>Gets a value indicating whether the receiver of the deliveries says this.</summary>
    public bool IsReceiver { get; init; }

    public uint First { get; init; }

    public uint Last { get; init; }

    public bool Settled { get; init; }

    public AmqpOutcome? Outcome { get; init; }

    public static AmqpDisposition Read(AmqpListView list)
    {
        var role = list.Next();
        if (role.IsNull)
        {
            throw AmqpFields.Missing("role of disposition");
        }

        var first = list.UIntRequired("first of disposition");
        return new AmqpDisposition
        {
            IsReceiver = role.AsBoolean(),
            First = first,
            Last = list.UIntOr(first),
            Settled = list.BooleanOr(false),
            Outcome = AmqpOutcomeCodec.Read(list.Next()),
        };
    }

    public void Write(AmqpWriter writer)
    {
        writer.Descriptor(Descriptor.Disposition);
        var start = writer.BeginList();
        writer.Boolean(IsReceiver);
        writer.UInt(First);
        writer.UInt(Last);
        writer.Boolean(Settled);
        AmqpOutcomeCodec.Write(writer, Outcome ?? AmqpOutcome.Unknown);
        writer.Boolean(false);
        writer.End(start, 6);
    }
}
