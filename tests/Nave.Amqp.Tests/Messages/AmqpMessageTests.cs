using System.Text;

namespace Nave.Amqp.Tests;

public sealed class AmqpMessageTests
{
    [Fact]
    public void Every_section_comes_back()
    {
        var writer = new AmqpWriter();
        writer.Header(new AmqpHeader { Durable = true, Priority = 7, TimeToLive = 1000, DeliveryCount = 3 });
        var map = writer.BeginDeliveryAnnotations();
        writer.Symbol("last_enqueued_sequence_number");
        writer.Long(12);
        writer.End(map, 2);
        map = writer.BeginMessageAnnotations();
        writer.Symbol("iothub-enqueuedtime"u8);
        writer.Timestamp(1_700_000_000_000);
        writer.Symbol("x-opt-sequence-number"u8);
        writer.Long(42);
        writer.End(map, 4);
        var id = Guid.NewGuid();
        writer.Properties(new AmqpPropertiesFields
        {
            MessageIdText = "m1"u8,
            UserId = "hub"u8,
            To = "/devices/d1/messages/devicebound"u8,
            CorrelationId = id,
            ContentType = "application/json"u8,
            AbsoluteExpiryTime = 1_700_000_001_000,
        });
        writer.ApplicationProperties(AmqpMap.Strings(("level", "3"), ("IoThub-status", 200)));
        writer.Data("{}"u8);

        var message = AmqpMessage.Parse(writer.Written);
        Assert.Equal(new AmqpHeader { Durable = true, Priority = 7, TimeToLive = 1000, DeliveryCount = 3 }, message.Header);
        Assert.True(message.DeliveryAnnotations.TryGet("last_enqueued_sequence_number"u8, out var sequence));
        Assert.Equal(12, sequence.AsLong());
        Assert.True(message.MessageAnnotations.TryGet("iothub-enqueuedtime"u8, out var time));
        Assert.Equal(1_700_000_000_000, time.AsTimestamp());
        Assert.Equal("m1", message.Properties.MessageId.AsText());
        Assert.Equal("hub"u8, message.Properties.UserId);
        Assert.Equal("/devices/d1/messages/devicebound"u8, message.Properties.To);
        Assert.Equal((AmqpValue)id, message.Properties.CorrelationId.ToValue());
        Assert.Equal("application/json"u8, message.Properties.ContentType);
        Assert.Equal(1_700_000_001_000, message.Properties.AbsoluteExpiryTime);
        Assert.Null(message.Properties.CreationTime);
        Assert.Equal(2, message.ApplicationProperties.Count);
        Assert.True(message.ApplicationProperties.TryGet("IoThub-status"u8, out var status));
        Assert.Equal(200, status.AsInt());
        Assert.Equal(AmqpBodyKind.Data, message.BodyKind);
        Assert.Equal("{}"u8, message.Data);
    }

    [Fact]
    public void A_message_id_is_echoed_with_the_type_it_came_with()
    {
        foreach (var id in new AmqpValue[] { "x", 0UL, 7UL, Guid.NewGuid(), new byte[] { 1, 2 } })
        {
            var request = new AmqpWriter();
            request.Properties(new AmqpPropertiesFields { MessageId = id });
            var reply = new AmqpWriter();
            reply.Properties(new AmqpPropertiesFields { CorrelationId = AmqpMessage.Parse(request.Written).Properties.MessageId.ToValue() });
            Assert.Equal(id, AmqpMessage.Parse(reply.Written).Properties.CorrelationId.ToValue());
        }
    }

    [Fact]
    public void A_batch_is_read_message_by_message()
    {
        var batch = new AmqpWriter();
        for (var i = 0; i < 3; i++)
        {
            var one = new AmqpWriter();
            one.Data(Encoding.UTF8.GetBytes($"event {i}"));
            batch.Data(one.Written);
        }

        var outer = AmqpMessage.Parse(batch.Written).DataSections;
        Assert.Equal(3, outer.Left);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(outer.TryNext(out var encoded));
            Assert.Equal(Encoding.UTF8.GetBytes($"event {i}"), AmqpMessage.Parse(encoded).Data);
        }

        Assert.False(outer.TryNext(out _));
    }

    [Fact]
    public void A_value_body_keeps_its_types()
    {
        var writer = new AmqpWriter();
        writer.Body(AmqpMap.Strings(("partition_ids", AmqpValue.StringArray(["0", "1"])), ("partition_count", 2), ("created_at", AmqpValue.Timestamp(5))));
        var message = AmqpMessage.Parse(writer.Written);
        Assert.Equal(AmqpBodyKind.Value, message.BodyKind);
        var map = message.Value.ToValue().AsMap!;
        Assert.Equal(AmqpType.Array, map["partition_ids"].Type);
        Assert.Equal(AmqpType.Int, map["partition_count"].Type);
        Assert.Equal(AmqpType.Timestamp, map["created_at"].Type);
    }

    [Fact]
    public void An_empty_message_has_no_body()
    {
        var message = AmqpMessage.Parse([]);
        Assert.Equal(AmqpBodyKind.None, message.BodyKind);
        Assert.Equal(4, message.Header.Priority);
        Assert.True(message.Data.IsEmpty);
        Assert.Equal(0, message.ApplicationProperties.Count);
    }

    [Theory]
    [InlineData("005375A00100" + "005370" + "45")] // the header last
    [InlineData("00537045" + "00537045")] // two headers
    [InlineData("005375A00100" + "00537740")] // data and value
    [InlineData("00537740" + "00537740")] // two values
    [InlineData("005375A10161")] // data that is a string
    [InlineData("00537045" + "40")] // no section
    [InlineData("00537940")] // no section's descriptor
    [InlineData("005374C00102" + "40")] // application properties that are no map
    [InlineData("005373C003015441")] // a message id that is an int
    [InlineData("005375A00500")] // cut
    public void What_is_no_message_is_a_decode_error(string hex) =>
        Assert.Equal(AmqpCondition.DecodeError, Assert.Throws<AmqpProtocolException>(() => AmqpMessage.Parse(Convert.FromHexString(hex))).Condition);

    [Fact]
    public void Sections_may_be_named_by_symbols()
    {
        var writer = new AmqpWriter();
        writer.Descriptor("amqp:data:binary");
        writer.Binary("x"u8);
        Assert.Equal("x"u8, AmqpMessage.Parse(writer.Written).Data);
    }
}
