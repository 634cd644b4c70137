namespace Nave.Fleet.Replication.Sinks;

/// <summary>How a write ended.</summary>
public sealed record SinkOutcome
{
    /// <summary>Gets a value indicating whether everything was written.</summary>
    public bool IsWritten => Conflicts.Count == 0 && !IsControlLost;

    /// <summary>Gets the ids of documents whose token was not the expected one; nothing, or not everything, was written then.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    /// <summary>Gets a value indicating whether the control record's token was not the expected one: someone else has the lease.</summary>
    public bool IsControlLost { get; init; }

    /// <summary>Gets the new tokens of documents that were written, by id.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the control record's new token; <see langword="null"/> if none was written, or it was removed.</summary>
    public string? ControlToken { get; init; }
}
