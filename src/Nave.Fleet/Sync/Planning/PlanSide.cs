namespace Nave.Fleet.Sync.Planning;

/// <summary>Which side a change is made on.</summary>
public enum PlanSide
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>On the hub.</summary>
    Hub,

    /// <summary>In the external registry.</summary>
    External,

    /// <summary>On both.</summary>
    Both,
}
