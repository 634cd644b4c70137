namespace Nave.Api;

/// <summary>What a job does. Names and order are those of the service's OpenAPI document; Nave makes the four that this says of.</summary>
public enum JobType
{
    /// <summary>Not said.</summary>
    Unknown,

    /// <summary>Writes identities and twins to a blob.</summary>
    Export,

    /// <summary>Applies the lines of a blob.</summary>
    Import,
    Backup,
    ReadDeviceProperties,
    WriteDeviceProperties,
    UpdateDeviceConfiguration,
    RebootDevice,
    FactoryResetDevice,
    FirmwareUpdate,

    /// <summary>Invokes a direct method on many devices.</summary>
    ScheduleDeviceMethod,

    /// <summary>Changes the twins of many devices.</summary>
    ScheduleUpdateTwin,
    RestoreFromBackup,
    FailoverDataCopy,
}
