namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.5.</summary>
internal readonly ref struct AmqpTransfer
{
    public const int MaxTagSize = 32;

    public uint Handle { get; init; }

    public uint? DeliveryId { get; init; }

    public ReadOnlySpan<byte> Tag { get; init; }

    public uint? MessageFormat { get; init; }

    public bool? Settled { get; init; }

    public bool More { get; init; }

    public bool Aborted { get; init; }

    public static AmqpTransfer Read(AmqpListView list)
    {
        var handle = list.UIntRequired("handle of transfer");
        var id = list.UInt();
        var tag = list.Next();
        var format = list.UInt();
        var settled = list.Next();
        var more = list.BooleanOr(false);
        list.Next(); // rcv-settle-mode: as the link's
        list.Next(); // state: decides nothing
        list.Next(); // resume: deliveries are not resumed
        return new AmqpTransfer
        {
            Handle = handle,
            DeliveryId = id,
            Tag = tag.IsNull ? default : CheckTag(tag.AsBinary()),
            MessageFormat = format,
            Settled = settled.IsNull ? null : settled.AsBoolean(),
            More = more,
            Aborted = list.BooleanOr(false),
        };
    }

    /// <summary>Writes all eleven fields: some clients read them by position (wire facts 5.2.1).</summary>
    public void Write(AmqpWriter writer)
    {
        writer.Descriptor(Descriptor.Transfer);
        var start = writer.BeginList8();
        writer.UInt(Handle);
        writer.UIntOrNull(DeliveryId);
        writer.Binary(Tag);
        writer.UIntOrNull(MessageFormat);
        writer.Boolean(Settled ?? false);
        writer.Boolean(More);
        writer.Null();
        writer.Null();
        writer.Boolean(false);
        writer.Boolean(Aborted);
        writer.Boolean(false);
        writer.End8(start, 11);
    }

    private static ReadOnlySpan<byte> CheckTag(ReadOnlySpan<byte> tag) => tag.Length <= MaxTagSize
        ? tag
        : throw AmqpFault.InvalidField($"A delivery tag has {tag.Length} bytes; at most {MaxTagSize} are permitted.");
}
