namespace Nave.Api;

/// <summary>Where a registration stands.</summary>
public enum RegistrationStatus
{
    /// <summary>Nothing has happened.</summary>
    Unassigned,

    /// <summary>A hub is being chosen or prepared: ask again.</summary>
    Assigning,

    /// <summary>The identity is in the hub.</summary>
    Assigned,

    /// <summary>It failed; the state has an error code and a message.</summary>
    Failed,

    /// <summary>The enrollment is disabled.</summary>
    Disabled,
}
