namespace Nave.Crash.Tests.History;

/// <summary>One request about one identity. Each identity has one writer, so its steps have an order.</summary>
/// <param name="DeviceId">The identity.</param>
/// <param name="Operation">What was asked for.</param>
/// <param name="Outcome">What the writer knows.</param>
internal sealed record RegistryStep(string DeviceId, RegistryOperation Operation, Outcome Outcome)
{
    /// <summary>Gets the status reason that is written, or was read.</summary>
    public string? Marker { get; init; }

    /// <summary>Gets the etag that the identity had to have; <see langword="null"/> = any.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Gets the etag of the answer.</summary>
    public string? ETag { get; init; }

    /// <summary>Gets the generation of the answer.</summary>
    public string? GenerationId { get; init; }

    /// <summary>Gets the HTTP status, or that of the entry of a bulk call; 0 = no answer.</summary>
    public int Status { get; init; }

    /// <summary>Gets which life of the hub it was begun in.</summary>
    public int Life { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"life {Life}: {Operation} {Marker}{(IfMatch is null ? "" : $" if {IfMatch}")} → {Outcome} ({Status}) etag {ETag} generation {GenerationId}";
}
