namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>Where documents go as lines of JSON.</summary>
public sealed record JsonLinesSinkOptions
{
    /// <summary>
    /// Gets the file, such as <c>twins.jsonl</c>: each document as it was after a change, appended. Beside it are <c>.compact.jsonl</c>,
    /// <c>.history.jsonl</c>, <c>.poison.jsonl</c> and <c>.state.json</c>.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Gets how large the file of changes may become, in bytes, before it is made compact; at least as large as the compact file.</summary>
    public long CompactAt { get; init; } = 64 * 1024 * 1024;
}
