namespace Nave.Fleet.Sync.Work;

/// <summary>How an attempt ended, and why.</summary>
/// <param name="Verdict">How.</param>
/// <param name="Phase">What failed; of no meaning when done.</param>
/// <param name="Reason">What was done, or what is wrong: a sentence without a secret.</param>
/// <param name="RetryAfter">How long the other side asked to be left alone.</param>
/// <param name="Operation">What was tried, where that is not what the item says: a device that was to be created may be gone.</param>
internal sealed record WorkResult(WorkVerdict Verdict, WorkPhase Phase, string Reason, TimeSpan? RetryAfter = null, WorkOperation? Operation = null)
{
    /// <summary>There is nothing left to do.</summary>
    public static WorkResult Done(string what) => new(WorkVerdict.Done, WorkPhase.ExternalCall, what);

    /// <summary>The same may work later.</summary>
    public static WorkResult Retry(WorkPhase phase, string reason, TimeSpan? retryAfter = null) => new(WorkVerdict.Retry, phase, reason, retryAfter);

    /// <summary>The same will fail again.</summary>
    public static WorkResult Permanent(WorkPhase phase, string reason) => new(WorkVerdict.Permanent, phase, reason);
}
