namespace Nave.Fleet.Recovery;

/// <summary>What a clone is doing.</summary>
public enum ClonePhase
{
    /// <summary>It copies devices and modules.</summary>
    Copying,

    /// <summary>It copies configurations.</summary>
    Configurations,

    /// <summary>It compares both hubs.</summary>
    Verifying,
}
