namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 2, 2.7.3; all fourteen fields (wire facts 5.2.1).</summary>
internal static class AmqpAttachCodec
{
    public static AmqpAttach Read(AmqpListView list)
    {
        var name = list.TextRequired("name of attach");
        var handle = list.UIntRequired("handle of attach");
        var role = list.Next();
        if (role.IsNull)
        {
            throw AmqpFields.Missing("role of attach");
        }

        var sender = list.UByteOr((byte)AmqpSenderSettleMode.Mixed);
        var receiver = list.UByteOr((byte)AmqpReceiverSettleMode.First);
        if (sender > (byte)AmqpSenderSettleMode.Mixed || receiver > (byte)AmqpReceiverSettleMode.Second)
        {
            throw AmqpFault.InvalidField($"The settle modes of an attach are {sender} and {receiver}; 0 to 2 and 0 to 1 are permitted.");
        }

        var source = AmqpTerminusCodec.ReadSource(list.Next());
        var target = AmqpTerminusCodec.ReadTarget(list.Next());
        list.Next(); // unsettled: links are not resumed
        list.Next(); // incomplete-unsettled
        return new AmqpAttach
        {
            Name = name,
            Handle = handle,
            IsReceiver = role.AsBoolean(),
            SenderSettleMode = (AmqpSenderSettleMode)sender,
            ReceiverSettleMode = (AmqpReceiverSettleMode)receiver,
            Source = source,
            Target = target,
            InitialDeliveryCount = list.UInt(),
            MaxMessageSize = list.ULong(),
            OfferedCapabilities = list.Symbols(),
            DesiredCapabilities = list.Symbols(),
            Properties = list.Map(),
        };
    }

    public static void Write(AmqpWriter writer, AmqpAttach attach)
    {
        writer.Descriptor(Descriptor.Attach);
        var start = writer.BeginList();
        writer.String(attach.Name);
        writer.UInt(attach.Handle);
        writer.Boolean(attach.IsReceiver);
        writer.UByte((byte)attach.SenderSettleMode);
        writer.UByte((byte)attach.ReceiverSettleMode);
        AmqpTerminusCodec.Write(writer, attach.Source);
        AmqpTerminusCodec.Write(writer, attach.Target);
        writer.Null();
        writer.Boolean(false);
        writer.UIntOrNull(attach.InitialDeliveryCount);
        writer.ULongOrNull(attach.MaxMessageSize);
        writer.Symbols(attach.OfferedCapabilities);
        writer.Symbols(attach.DesiredCapabilities);
        writer.Map(attach.Properties);
        writer.End(start, 14);
    }
}
