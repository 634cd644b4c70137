namespace Nave.Hub.Webhooks;

/// <summary>When events are tried again, as Event Grid does: after 10 s, 30 s, 1, 5, 10, 30 min, 1 h, then hourly; 30 attempts, 24 h.</summary>
internal static class WebhookSchedule
{
    /// <summary>The most attempts.</summary>
    public const int MaxAttempts = 30;

    private static readonly TimeSpan[] s_waits =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1),
    ];

    /// <summary>Gets how long an event is tried.</summary>
    public static TimeSpan MaxAge { get; } = TimeSpan.FromHours(24);

    /// <summary>Returns the wait before the next attempt.</summary>
    /// <param name="attempts">How many there were, 1 or more.</param>
    public static TimeSpan WaitAfter(int attempts) => s_waits[Math.Min(attempts, s_waits.Length) - 1];
}
