using Nave.Api;

namespace Nave.Fleet.Replication.Documents;

/// <summary>
/// The twin of a device or module as it is kept outside its hub. A deleted one stays as a tombstone, so that a late event does not bring it back.
/// </summary>
public sealed record ReplicaDocument
{
    /// <summary>Gets whose it is.</summary>
    public required IdentityId Key { get; init; }

    /// <summary>Gets the device id, or <c>device/module</c>.</summary>
    public string Id => Key.ToString();

    /// <summary>Gets the twin's version; 0 if none was ever seen.</summary>
    public required long Version { get; init; }

    /// <summary>Gets the twin's etag; <see langword="null"/> if an event left it unknown.</summary>
    public string? ETag { get; init; }

    /// <summary>Gets the tags: an object.</summary>
    public RawJson Tags { get; init; } = Section.Empty;

    /// <summary>Gets the desired properties: an object, with <c>$version</c> and without <c>$metadata</c>.</summary>
    public RawJson Desired { get; init; } = Section.Empty;

    /// <summary>Gets the reported properties: an object, with <c>$version</c> and without <c>$metadata</c>.</summary>
    public RawJson Reported { get; init; } = Section.Empty;

    /// <summary>Gets a value indicating whether the identity is gone.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Gets what happened last: the event's <c>opType</c>, or <c>read</c> when the twin was read from the hub.</summary>
    public required string LastOperation { get; init; }

    /// <summary>Gets when that happened, by the hub's clock.</summary>
    public required DateTimeOffset LastOperationTime { get; init; }

    /// <summary>Gets which life of the id this is; <see langword="null"/> if the hub did not say. Of two that are numbers the greater is the later.</summary>
    public string? GenerationId { get; init; }

    /// <summary>Gets when this life began, by the hub's clock; <see langword="null"/> if its beginning was not seen.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Makes the tombstone that this becomes.</summary>
    /// <param name="operation">What deleted it.</param>
    /// <param name="time">When.</param>
    /// <param name="generationId">The life that ended.</param>
    /// <param name="version">The last version of that life, as far as it is known.</param>
    internal ReplicaDocument ToTombstone(string operation, DateTimeOffset time, string? generationId, long version) => this with
    {
        IsDeleted = true,
        LastOperation = operation,
        LastOperationTime = time,
        GenerationId = generationId,
        Version = version,
        Since = null,
    };
}
