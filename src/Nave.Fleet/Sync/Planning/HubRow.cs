namespace Nave.Fleet.Sync.Planning;

/// <summary>What a plan needs of a hub device.</summary>
internal sealed record HubRow
{
    public required string DeviceId { get; init; }

    /// <summary>Gets the identity's etag, which a deletion has to find unchanged.</summary>
    public string? ETag { get; init; }

    /// <summary>Gets the twin's etag, which a change of tags has to find unchanged.</summary>
    public string? TwinETag { get; init; }

    /// <summary>Gets the twin's version: of two rows of one device the newer counts.</summary>
    public long Version { get; init; }

    /// <summary>Gets the tags in the form that the provider works with.</summary>
    public required Dictionary<string, string> Tags { get; init; }

    public SyncMark? Mark { get; init; }
}
