using Nave.Amqp.Wire;
using static Nave.Amqp.Tests.RawClient;

namespace Nave.Amqp.Tests;

/// <summary>Wire facts 5.2.1: some clients read fields by position, so every list is whole.</summary>
public sealed class WireShapeTests
{
    [Fact]
    public void Every_performative_has_all_its_fields()
    {
        var raw = new RawClient();
        var seen = raw.Send(Header, Open(), Begin(), Attach(isReceiver: true), Attach(isReceiver: false, name: "m", handle: 1), Flow());
        raw.Owner.Senders[0].TrySend("body"u8, Guid.NewGuid().ToByteArray(), settled: false, out _);
        seen.AddRange(raw.Send(Transfer(0, handle: 1), Disposition(isReceiver: true, 0, 0, settled: true, AmqpOutcome.Accepted)));
        raw.Owner.Senders[0].Detach(new AmqpError(AmqpCondition.LinkStolen));
        seen.AddRange(raw.Send(Detach(0), End(), Close()));
        var counts = seen.Where(frame => frame.Type == AmqpFrame.AmqpType)
            .GroupBy(frame => frame.Performative).ToDictionary(group => group.Key, group => group.Select(frame => frame.Fields.Count).Distinct().ToArray());
        Assert.Equal([10], counts[Descriptor.Open]);
        Assert.Equal([8], counts[Descriptor.Begin]);
        Assert.Equal([14], counts[Descriptor.Attach]);
        Assert.Equal([11], counts[Descriptor.Flow]);
        Assert.Equal([11], counts[Descriptor.Transfer]);
        Assert.Equal([6], counts[Descriptor.Disposition]);
        Assert.Equal([3], counts[Descriptor.Detach]);
        Assert.Equal([1], counts[Descriptor.End]);
        Assert.Equal([1], counts[Descriptor.Close]);
    }

    [Fact]
    public void The_open_says_its_frame_size_channels_and_time_out()
    {
        var open = new RawClient(Pair.Options("server") with { IdleTimeout = 240_000 }).Send(Header, Open())[1];
        Assert.Equal(["server", default, 65_536u, (ushort)8191, 240_000u], open.Fields.Take(5));
    }

    [Fact]
    public void The_begin_answers_the_channel_and_says_its_handles()
    {
        var begin = new RawClient().Send(Header, Open(), Begin(channel: 7))[2];
        Assert.Equal((AmqpValue)(ushort)7, begin.Fields[0]);
        Assert.Equal((AmqpValue)255u, begin.Fields[4]);
    }

    [Fact]
    public void The_attach_echoes_and_is_never_without_termini_properties_and_size()
    {
        var raw = new RawClient();
        raw.Send(Header, Open(), Begin());
        var attach = raw.Send(Frame(0, writer => AmqpAttachCodec.Write(writer, new AmqpAttach
        {
            Name = "TelemetrySenderLink",
            Handle = 5,
            SenderSettleMode = AmqpSenderSettleMode.Unsettled,
            ReceiverSettleMode = AmqpReceiverSettleMode.Second,
            Target = new AmqpTarget { Address = "amqps://hub/devices/d/messages/events" },
            Properties = AmqpMap.Fields(("com.microsoft:client-version", "x")),
        })))[0];
        Assert.Equal(Descriptor.Attach, attach.Performative);
        Assert.Equal("TelemetrySenderLink", attach.Fields[0].Text);
        Assert.True(attach.Fields[2].AsBoolean);
        Assert.Equal((AmqpValue)(byte)0, attach.Fields[3]);
        Assert.Equal((AmqpValue)(byte)1, attach.Fields[4]);
        Assert.NotNull(attach.Fields[5].AsDescribed);
        Assert.Equal("amqps://hub/devices/d/messages/events", attach.Fields[6].AsDescribed!.Value.Items![0].Text);
        Assert.Equal((AmqpValue)262_144ul, attach.Fields[10]);
        Assert.Empty(attach.Fields[13].AsMap!);
    }

    [Fact]
    public void A_sender_says_where_its_count_begins()
    {
        var raw = new RawClient();
        raw.Send(Header, Open(), Begin());
        Assert.Equal((AmqpValue)0u, raw.Send(Attach(isReceiver: true))[0].Fields[9]);
    }

    [Fact]
    public void Mechanisms_are_an_array_of_symbols_also_if_there_is_one()
    {
        var seen = new RawClient(Pair.Options("server") with { SaslMechanisms = ["PLAIN"] }).Send(SaslHeader);
        Assert.Equal(SaslHeader, seen[0].Payload);
        Assert.Equal(AmqpValue.Array(AmqpType.Symbol, AmqpValue.Symbol("PLAIN")), seen[1].Fields[0]);
    }

    [Fact]
    public void A_transfer_is_these_bytes()
    {
        var frame = Frame(0, writer => new AmqpTransfer { Handle = 1, DeliveryId = 2, Tag = "ab"u8, MessageFormat = 0, Settled = true }.Write(writer), payload: [0x00]);
        Assert.Equal("0000001F020000000053" + "14C0110B" + "5201" + "5202" + "A0026162" + "43" + "41" + "42" + "40" + "40" + "42" + "42" + "42" + "00", Convert.ToHexString(frame));
    }
}
