using System.Text;

namespace Nave.Api.Tests.Messages;

public sealed class EventPropertiesTests
{
    [Fact]
    public void The_encoding_is_number_name_value_with_varint_lengths()
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.MessageId, "m"u8);
        writer.Add("ab"u8, ""u8);
        writer.AddNull("n"u8);
        Assert.Equal([1, 1, (byte)'m', 0, 2, (byte)'a', (byte)'b', 0, 0x80, 1, (byte)'n'], writer.Written.ToArray());
        Assert.Equal(3, writer.Count);
        Assert.Equal(4, writer.ContentBytes);
        Assert.Equal(4, writer.ToProperties().ContentBytes);
    }

    [Fact]
    public void The_last_of_two_wins_and_an_absent_one_is_null()
    {
        var writer = new EventPropertiesWriter();
        writer.Add("a", "1");
        writer.Add("a", "2");
        var properties = writer.ToProperties();
        Assert.Equal("2", properties["a"]);
        Assert.Null(properties["A"]);
        Assert.Null(properties[SystemProperty.MessageId]);
        Assert.Null(properties[SystemProperty.None]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_384)]
    [InlineData(300_000)]
    public void Values_of_any_length_come_back(int length)
    {
        var writer = new EventPropertiesWriter();
        writer.Add("k", new string('é', length));
        Assert.Equal(new string('é', length), writer.ToProperties()["k"]);
        writer.Clear();
        Assert.Equal(0, writer.Written.Length);
    }

    [Fact]
    public void A_cut_encoding_throws_at_every_byte_or_ends_on_a_property()
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.ContentType, "application/json");
        writer.Add("name", new string('v', 200));
        var whole = writer.Written.ToArray();
        var ends = 0;
        for (var length = 0; length < whole.Length; length++)
        {
            try
            {
                _ = new EventProperties(whole.AsMemory(0, length)).ToList();
                ends++;
            }
            catch (InvalidDataException)
            {
            }
        }

        Assert.Equal(2, ends);
    }

    [Fact]
    public void Every_system_property_has_a_name_on_each_wire_that_leads_back()
    {
        foreach (var property in Enum.GetValues<SystemProperty>().Where(p => p != SystemProperty.None))
        {
            Assert.Equal(property, SystemPropertyNames.FromAmqp(SystemPropertyNames.Amqp(property)));
            if (SystemPropertyNames.Http(property) is { } http)
            {
                Assert.Equal(property, SystemPropertyNames.FromHttp(http.ToUpperInvariant()));
            }

            if (SystemPropertyNames.Mqtt(property) is { } mqtt)
            {
                Assert.Equal(property, SystemPropertyNames.FromMqtt(Encoding.ASCII.GetBytes(mqtt)));
            }
        }
    }

    [Fact]
    public void Copying_a_set_copies_every_kind()
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.Ack, "full");
        writer.Add("a", "b");
        writer.AddNull("n"u8);
        var copy = new EventPropertiesWriter();
        copy.AddAll(writer.ToProperties());
        Assert.Equal(writer.Written.ToArray(), copy.Written.ToArray());
    }
}
