using Nave.Client;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Running;

/// <summary>How long to wait before a target or hub that failed is tried again: doubling, each between half and all of it.</summary>
internal sealed class RetryDelay(ReplicationOptions options)
{
    private int _attempts;

    /// <summary>Tells whether the same call may succeed later.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        SinkUnavailableException or HttpRequestException or TimeoutException => true,
        HubException e => e.IsTransient,
        AmqpPeerException e => e.IsTransient,
        _ => false,
    };

    public TimeSpan Next()
    {
        var milliseconds = Math.Min(options.FirstRetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 20)), options.LongestRetryDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(milliseconds * (0.5 + (0.5 * Random.Shared.NextDouble())));
    }
}
