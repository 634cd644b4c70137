namespace Nave.Fleet.Sync.Configuration;

/// <summary>Which registry says what is right.</summary>
public enum SyncMaster
{
    /// <summary>The external registry: the hub follows.</summary>
    External,

    /// <summary>The hub: the external registry follows.</summary>
    Hub,

    /// <summary>Each for its own fields.</summary>
    Both,
}
