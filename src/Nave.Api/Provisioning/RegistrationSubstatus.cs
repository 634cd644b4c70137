namespace Nave.Api;

/// <summary>What an assignment did with the device's data.</summary>
public enum RegistrationSubstatus
{
    /// <summary>The first assignment.</summary>
    InitialAssignment,

    /// <summary>The twin went with the device to another hub.</summary>
    DeviceDataMigrated,

    /// <summary>The twin was set back to the enrollment's initial twin.</summary>
    DeviceDataReset,

    /// <summary>It went back to its first hub. Clients know it; Nave does not give it.</summary>
    ReprovisionedToInitialAssignment,
}
