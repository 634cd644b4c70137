namespace Nave.Fleet.Replication.Documents;

/// <summary>
/// Times of a hub, cut to the microsecond, which is what PostgreSQL keeps: a time that was stored and read again has to be equal to the event's.
/// </summary>
internal static class HubTimes
{
    /// <summary>Cuts a time.</summary>
    public static DateTimeOffset Cut(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
