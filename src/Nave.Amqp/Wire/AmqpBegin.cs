namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.2.</summary>
internal readonly record struct AmqpBegin
{
    /// <summary>Gets the channel of the begin that this answers, or null.</summary>
    public ushort? RemoteChannel { get; init; }

    public uint NextOutgoingId { get; init; }

    public uint IncomingWindow { get; init; }

    public uint OutgoingWindow { get; init; }

    public uint HandleMax { get; init; }

    public static AmqpBegin Read(AmqpListView list) => new()
    {
        RemoteChannel = list.UShort(),
        NextOutgoingId = list.UIntRequired("next-outgoing-id of begin"),
        IncomingWindow = list.UIntRequired("incoming-window of begin"),
        OutgoingWindow = list.UIntRequired("outgoing-window of begin"),
        HandleMax = list.UIntOr(uint.MaxValue),
    };

    public void Write(AmqpWriter writer)
    {
        writer.Descriptor(Descriptor.Begin);
        var start = writer.BeginList();
        if (RemoteChannel is { } channel)
        {
            writer.UShort(channel);
        }
        else
        {
            writer.Null();
        }

        writer.UInt(NextOutgoingId);
        writer.UInt(IncomingWindow);
        writer.UInt(OutgoingWindow);
        writer.UInt(HandleMax);
        writer.Null();
        writer.Null();
        writer.Null();
        writer.End(start, 8);
    }
}
