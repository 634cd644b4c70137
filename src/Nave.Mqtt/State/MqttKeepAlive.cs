namespace Nave.Mqtt;

/// <summary>How long a connection may be silent, MQTT 3.1.1 and 5.0 §3.1.2.10. Does no timing itself.</summary>
public readonly record struct MqttKeepAlive
{
    /// <summary>Computes the limit: 1.5 times the keep-alive, at most <paramref name="cap"/>.</summary>
    /// <param name="keepAliveSeconds">What CONNECT (or the server's own property) says; 0 means no limit but the cap.</param>
    /// <param name="cap">The longest silence, above zero; <see langword="null"/> for none. Azure IoT Hub: 1,767 s, also for 0.</param>
    public MqttKeepAlive(ushort keepAliveSeconds, TimeSpan? cap)
    {
        if (cap is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(cap));
        }

        TimeSpan? wanted = keepAliveSeconds == 0 ? null : TimeSpan.FromMilliseconds(keepAliveSeconds * 1500L);
        Timeout = wanted is null || cap < wanted ? cap : wanted;
    }

    /// <summary>Gets the longest silence; <see langword="null"/> if there is no limit.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Computes when a connection is overdue.</summary>
    /// <param name="lastPacket">A time stamp of <paramref name="time"/>: when the last packet arrived.</param>
    /// <param name="time">The clock.</param>
    /// <returns>A time stamp of <paramref name="time"/>; <see cref="long.MaxValue"/> if never.</returns>
    public long Deadline(long lastPacket, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Timeout is { } timeout
            ? lastPacket + (long)(timeout.Ticks * ((double)time.TimestampFrequency / TimeSpan.TicksPerSecond))
            : long.MaxValue;
    }
}
