namespace Nave.Fleet.Sync.Configuration;

/// <summary>The section <c>facade</c>: just-in-time provisioning over HTTP, inside <c>nave sync serve</c>.</summary>
public sealed record FacadeSettings
{
    /// <summary>Gets a value indicating whether it is served. Default: as soon as it has a key.</summary>
    public bool Enabled { get; init; }

    /// <summary>Gets a value indicating whether a device is disabled in place of deleted. Default false.</summary>
    public bool UseSoftDelete { get; init; }

    /// <summary>Gets who may call.</summary>
    public IReadOnlyList<FacadeKey> Keys { get; init; } = [];
}
