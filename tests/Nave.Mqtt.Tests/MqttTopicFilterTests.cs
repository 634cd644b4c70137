using System.Text;

namespace Nave.Mqtt.Tests;

/// <summary>Filters and names, MQTT 3.1.1 and 5.0 §4.7, with the examples of the specification.</summary>
public sealed class MqttTopicFilterTests
{
    [Theory]
    [InlineData("#", "a/b", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player10", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("sport/#", "sports", false)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("+/tennis/#", "x/tennis", true)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/monitor/Clients", "$SYS/monitor/Clients", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("$SYS/monitor/+", "$SYS/monitor/Clients", true)]
    [InlineData("$iothub/methods/POST/#", "$iothub/methods/POST/reboot/?$rid=1", true)]
    [InlineData("a", "A", false)]
    [InlineData("/", "/", true)]
    [InlineData("a/b", "a", false)]
    [InlineData("a", "a/b", false)]
    [InlineData("a//b", "a//b", true)]
    [InlineData("a/+/b", "a//b", true)]
    public void A_filter_matches_as_the_specification_says(string filter, string topic, bool matches)
    {
        Assert.True(MqttTopicFilter.IsValid(Utf8(filter), MqttVersion.V311));
        Assert.True(MqttTopic.IsValid(Utf8(topic)));
        Assert.Equal(matches, MqttTopicFilter.Matches(Utf8(filter), Utf8(topic)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sport/tennis#")]
    [InlineData("sport/tennis/#/ranking")]
    [InlineData("##")]
    [InlineData("sport+")]
    [InlineData("sport/+x")]
    [InlineData("++")]
    [InlineData("a\0")]
    public void A_malformed_filter_is_not_valid(string filter)
    {
        Assert.False(MqttTopicFilter.IsValid(Utf8(filter), MqttVersion.V311));
        Assert.False(MqttTopicFilter.IsValid(Utf8(filter), MqttVersion.V5));
    }

    [Theory]
    [InlineData("$share/g/a/#", true)]
    [InlineData("$share/g//", true)]
    [InlineData("$share/g/", false)]
    [InlineData("$share/g", false)]
    [InlineData("$share//a", false)]
    [InlineData("$share/+/a", false)]
    [InlineData("$share/g/a#", false)]
    public void A_shared_subscription_needs_a_name_and_a_filter_in_MQTT_5(string filter, bool valid)
    {
        Assert.Equal(valid, MqttTopicFilter.IsValid(Utf8(filter), MqttVersion.V5));
        Assert.Equal(valid, MqttTopicFilter.TrySplitShared(Utf8(filter), out var share, out _));
        Assert.Equal(valid, share.SequenceEqual("g"u8));
    }

    [Fact]
    public void To_MQTT_3_1_1_a_shared_subscription_is_a_filter_like_any_other() =>
        Assert.True(MqttTopicFilter.IsValid("$share/g"u8, MqttVersion.V311));

    [Fact]
    public void Names_and_filters_have_at_most_65535_bytes()
    {
        var longest = new byte[65_535];
        longest.AsSpan().Fill((byte)'x');
        Assert.True(MqttTopic.IsValid(longest));
        Assert.True(MqttTopicFilter.IsValid(longest, MqttVersion.V5));
        Assert.False(MqttTopic.IsValid([.. longest, (byte)'x']));
        Assert.False(MqttTopicFilter.IsValid([.. longest, (byte)'x'], MqttVersion.V5));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
