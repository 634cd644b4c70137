using Nave.Amqp;
using Nave.Hub.Telemetry;
using Nave.Server.Amqp;
using Nave.Server.Amqp.Events;

namespace Nave.Server.Tests.Amqp.Events;

public sealed class EventFilterTests
{
    [Theory]
    [InlineData("amqp.annotation.x-opt-offset > '100'", EventPositionKind.Offset, 100, false)]
    [InlineData("amqp.annotation.x-opt-offset >= '100'", EventPositionKind.Offset, 100, true)]
    [InlineData("amqp.annotation.x-opt-offset > 100", EventPositionKind.Offset, 100, false)]
    [InlineData("amqp.annotation.x-opt-offset >= 100", EventPositionKind.Offset, 100, true)]
    [InlineData("amqp.annotation.x-opt-offset>'100'", EventPositionKind.Offset, 100, false)]
    [InlineData("  amqp.annotation.x-opt-offset  >  '0'  ", EventPositionKind.Offset, 0, false)]
    [InlineData("amqp.annotation.x-opt-offset > '@latest'", EventPositionKind.Latest, 0, false)]
    [InlineData("amqp.annotation.x-opt-offset > @latest", EventPositionKind.Latest, 0, false)]
    [InlineData("amqp.annotation.x-opt-offset > '-1'", EventPositionKind.Earliest, 0, false)]
    [InlineData("amqp.annotation.x-opt-offset > -1", EventPositionKind.Earliest, 0, false)]
    [InlineData("amqp.annotation.x-opt-offset >= '-1'", EventPositionKind.Earliest, 0, false)]
    [InlineData("amqp.annotation.x-opt-sequence-number > 7", EventPositionKind.SequenceNumber, 7, false)]
    [InlineData("amqp.annotation.x-opt-sequence-number >= '7'", EventPositionKind.SequenceNumber, 7, true)]
    [InlineData("amqp.annotation.x-opt-enqueued-time > 1700000000000", EventPositionKind.Enqueued, 1_700_000_000_000, false)]
    [InlineData("amqp.annotation.x-opt-enqueued-time >= '1700000000000'", EventPositionKind.Enqueued, 1_700_000_000_000, true)]
    [InlineData("amqp.annotation.x-opt-enqueuedtimeutc > 1", EventPositionKind.Enqueued, 1, false)]
    [InlineData("amqp.annotation.x-opt-offset > '9223372036854775807'", EventPositionKind.Offset, long.MaxValue, false)]
    public void What_SDKs_write_is_read(string text, EventPositionKind kind, long value, bool isInclusive)
    {
        Assert.True(EventFilter.TryParse(text, out var position, out _));
        Assert.Equal(new EventPosition(kind, value, isInclusive), position);
    }

    [Theory]
    [InlineData("")]
    [InlineData(">")]
    [InlineData("amqp.annotation.x-opt-offset")]
    [InlineData("amqp.annotation.x-opt-offset = '1'")]
    [InlineData("amqp.annotation.x-opt-offset < '1'")]
    [InlineData("amqp.annotation.x-opt-offset > ''")]
    [InlineData("amqp.annotation.x-opt-offset > '1")]
    [InlineData("amqp.annotation.x-opt-offset > 'x'")]
    [InlineData("amqp.annotation.x-opt-offset > '9223372036854775808'")]
    [InlineData("amqp.annotation.x-opt-offset > '1' AND 1 = 1")]
    [InlineData("amqp.annotation.x-opt-sequence-number > '@latest'")]
    [InlineData("amqp.annotation.x-opt-partition-key > '1'")]
    [InlineData("x-opt-offset > '1'")]
    public void Anything_else_is_refused_with_what_is_permitted(string text)
    {
        Assert.False(EventFilter.TryParse(text, out _, out var problem));
        Assert.Contains($"'{text}'", problem, StringComparison.Ordinal);
        Assert.Contains("@latest", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_of_any_length_is_refused_without_repeating_it()
    {
        Assert.False(EventFilter.TryParse(new string('>', 100_000), out _, out var problem));
        Assert.True(problem.Length < 1000);
    }

    [Fact]
    public void The_value_may_be_described_by_number_or_name_or_not_at_all()
    {
        const string Name = "apache.org:selector-filter:string";
        AmqpValue text = "amqp.annotation.x-opt-offset > '5'";
        foreach (var value in (AmqpValue[])[new AmqpDescribed(AmqpValue.Symbol(Name), text), new AmqpDescribed(0x137000000AUL, text), text])
        {
            Assert.True(EventFilter.TryRead(AmqpMap.Fields((Name, value)), out var position, out _));
            Assert.Equal(new EventPosition(EventPositionKind.Offset, 5), position);
        }

        Assert.True(EventFilter.TryRead(null, out var none, out _));
        Assert.Equal(EventPosition.Earliest, none);
        Assert.True(EventFilter.TryRead(AmqpMap.Fields(("other", 1)), out none, out _));
        Assert.Equal(EventPosition.Earliest, none);
        Assert.False(EventFilter.TryRead(AmqpMap.Fields((Name, 5)), out _, out _));
    }

    [Theory]
    [InlineData("hub/ConsumerGroups/$Default/Partitions/0", "Partition", "hub", "$Default", "0")]
    [InlineData("/hub/consumergroups/g/partitions/12", "Partition", "hub", "g", "12")]
    [InlineData("amqps://hub.test/hub/ConsumerGroups/a%20b/Partitions/0", "Partition", "hub", "a b", "0")]
    [InlineData("amqps://hub.test:5671/hub/ConsumerGroups/$Default/Partitions/0", "Partition", "hub", "$Default", "0")]
    [InlineData("$management", "Management", "", "", "")]
    [InlineData("hub/$management", "Management", "hub", "", "")]
    [InlineData("/messages/events/$management", "Redirect", "", "", "")]
    [InlineData("messages/events/ConsumerGroups/$Default/Partitions/0", "Redirect", "", "", "")]
    [InlineData("hub/ConsumerGroups/$Default", null, "", "", "")]
    [InlineData("devices/d1/messages/devicebound", null, "", "", "")]
    [InlineData("hub", null, "", "", "")]
    public void Addresses_to_receive_from_are_told_apart(string text, string? kind, string entity, string group, string partition)
    {
        Assert.True(AmqpAddress.TryParse(text, out var address));
        Assert.Equal(kind is not null, EventAddress.TryReadSource(address, out var result));
        if (kind is not null)
        {
            Assert.Equal(new EventAddress(Enum.Parse<EventAddressKind>(kind), entity, group, partition), result);
        }
    }

    [Theory]
    [InlineData("hub", "Publisher")]
    [InlineData("HUB/Partitions/0", "Publisher")]
    [InlineData("hub/Publishers/me", "Publisher")]
    [InlineData("messages/events", "Publisher")]
    [InlineData("$management", "Management")]
    [InlineData("other", null)]
    [InlineData("devices/d1/messages/events", null)]
    public void Addresses_to_send_to_are_told_apart(string text, string? kind)
    {
        Assert.True(AmqpAddress.TryParse(text, out var address));
        Assert.Equal(kind is not null, EventAddress.TryReadTarget(address, "hub", out var result));
        Assert.Equal(kind, result?.Kind.ToString());
    }
}
