namespace Nave.Fleet.Sync.Planning;

/// <summary>What a plan does with a device.</summary>
public enum PlanAction
{
    /// <summary>It is created on the side that does not have it.</summary>
    Create,

    /// <summary>It is changed.</summary>
    Update,

    /// <summary>It is deleted.</summary>
    Delete,

    /// <summary>Both sides agree.</summary>
    Unchanged,

    /// <summary>It is left alone until somebody decides.</summary>
    Conflict,
}
