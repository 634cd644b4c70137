namespace Nave.Crash.Tests.Checking;

/// <summary>One thing that the hub has broken.</summary>
/// <param name="Kind">What.</param>
/// <param name="Key">Whose: a device, partition, identity or message.</param>
/// <param name="Message">What is and what should be.</param>
/// <param name="History">What is known of the key, in order.</param>
internal sealed record Violation(ViolationKind Kind, string Key, string Message, IReadOnlyList<string> History)
{
    // The end of a history says most.
    private const int MaxHistory = 40;

    public Violation(ViolationKind kind, string key, string message)
        : this(kind, key, message, [])
    {
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind} {Key}: {Message}" + string.Concat(History.TakeLast(MaxHistory).Select(line => "\n      " + line));
}
