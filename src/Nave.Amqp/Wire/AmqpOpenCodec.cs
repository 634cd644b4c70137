namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.1, 2.7.8 and 2.7.9: open, end, close.</summary>
internal static class AmqpOpenCodec
{
    public static AmqpOpen Read(AmqpListView list)
    {
        var container = list.TextRequired("container-id of open");
        var host = list.Text();
        var maxFrame = list.UIntOr(uint.MaxValue);
        if (maxFrame < AmqpFrame.MinMaxSize)
        {
            throw AmqpFault.InvalidField($"The max-frame-size of an open is {maxFrame}; at least {AmqpFrame.MinMaxSize} is required.");
        }

        var channelMax = list.UShort() ?? ushort.MaxValue;
        var idle = list.UInt();
        list.Next(); // outgoing-locales
        list.Next(); // incoming-locales
        return new AmqpOpen
        {
            ContainerId = container,
            HostName = host,
            MaxFrameSize = maxFrame,
            ChannelMax = channelMax,
            IdleTimeout = idle,
            OfferedCapabilities = list.Symbols(),
            DesiredCapabilities = list.Symbols(),
            Properties = list.Map(),
        };
    }

    public static void Write(AmqpWriter writer, AmqpOpen open)
    {
        writer.Descriptor(Descriptor.Open);
        var start = writer.BeginList();
        writer.String(open.ContainerId);
        writer.String(open.HostName);
        writer.UInt(open.MaxFrameSize);
        writer.UShort(open.ChannelMax);
        writer.UIntOrNull(open.IdleTimeout);
        writer.Null();
        writer.Null();
        writer.Symbols(open.OfferedCapabilities);
        writer.Symbols(open.DesiredCapabilities);
        writer.Map(open.Properties);
        writer.End(start, 10);
    }

    /// <summary>End or close: one field, and never an empty list (wire facts 5.2.1).</summary>
    public static void WriteEnd(AmqpWriter writer, ulong descriptor, AmqpError? error)
    {
        writer.Descriptor(descriptor);
        var start = writer.BeginList();
        AmqpErrorCodec.Write(writer, error);
        writer.End(start, 1);
    }
}
