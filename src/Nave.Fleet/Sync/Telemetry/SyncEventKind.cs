namespace Nave.Fleet.Sync.Telemetry;

/// <summary>
/// The custom events of a synchronization. The names are fixed: dashboards and alerts are built on them. <c>…Error</c> and <c>…Fail</c>
/// are transient and come again, <c>…Failed</c> is given up.
/// </summary>
internal enum SyncEventKind
{
    /// <summary>The external system has a device more.</summary>
    ExternalDeviceCreated = 101,

    /// <summary>A device could not be made in the external system; it is tried again.</summary>
    ExternalDeviceCreationError,

    /// <summary>A device was not made in the external system, and is not tried again.</summary>
    ExternalDeviceCreationFailed,

    /// <summary>The external system has a device less.</summary>
    ExternalDeviceDeleted,

    /// <summary>A device could not be deleted from the external system; it is tried again.</summary>
    ExternalDeviceDeletedError,

    /// <summary>A device was not deleted from the external system, and is not tried again.</summary>
    ExternalDeviceDeleteFailed,

    /// <summary>A twin has not all that the provider requires; it is looked at again.</summary>
    DeviceTwinCheckFail,

    /// <summary>A twin has not all that the provider requires, and is not looked at again until it changes.</summary>
    DeviceTwinCheckFailed,

    /// <summary>An import or export job of the hub still runs; it is looked at again.</summary>
    IoTHubJobCheckNotComplete,

    /// <summary>An import or export job of the hub failed, or took too long.</summary>
    IoTHubJobFailed,

    /// <summary>The hub has a device more.</summary>
    IoTHubDeviceCreated,

    /// <summary>The hub has a device less, or has it disabled.</summary>
    IoTHubDeviceDeleted,
}
