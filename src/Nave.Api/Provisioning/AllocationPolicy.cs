namespace Nave.Api;

/// <summary>How a hub is chosen for a device.</summary>
public enum AllocationPolicy
{
    /// <summary>Evenly, by a hash of the registration id and the hubs' weights.</summary>
    Hashed,

    /// <summary>The nearest hub. Nave runs on one site and treats it as <see cref="Hashed"/>.</summary>
    GeoLatency,

    /// <summary>The hub that the enrollment names.</summary>
    Static,

    /// <summary>By a webhook.</summary>
    Custom,
}
