namespace Nave.Mqtt.Tests;

/// <summary>Keep-alive limits.</summary>
public sealed class MqttKeepAliveTests
{
    // Azure IoT Hub's: 1.5 times, at most 1,767 s, also for 0.
    private static readonly TimeSpan s_cap = TimeSpan.FromSeconds(1767);

    [Theory]
    [InlineData(0, 1767)]
    [InlineData(1, 1.5)]
    [InlineData(240, 360)]
    [InlineData(1177, 1765.5)]
    [InlineData(1178, 1767)]
    [InlineData(1179, 1767)]
    [InlineData(65535, 1767)]
    public void A_capped_connection_may_be_silent_for_so_many_seconds(int keepAlive, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new MqttKeepAlive((ushort)keepAlive, s_cap).Timeout);

    [Fact]
    public void Without_a_cap_0_means_for_ever_and_65535_seconds_are_one_and_a_half_times_that()
    {
        Assert.Null(new MqttKeepAlive(0, null).Timeout);
        Assert.Equal(long.MaxValue, new MqttKeepAlive(0, null).Deadline(5, TimeProvider.System));
        Assert.Equal(TimeSpan.FromSeconds(98_302.5), new MqttKeepAlive(65_535, null).Timeout);
    }

    [Fact]
    public void The_deadline_is_in_the_clocks_own_units()
    {
        var deadline = new MqttKeepAlive(60, s_cap).Deadline(1000, TimeProvider.System);
        Assert.Equal(TimeSpan.FromSeconds(90), TimeProvider.System.GetElapsedTime(1000, deadline));
    }

    [Fact]
    public void A_cap_of_zero_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new MqttKeepAlive(1, TimeSpan.Zero));
}
