namespace Nave.Fleet.Sync.EventGrid;

/// <summary>What an event is about.</summary>
internal enum GridEventKind
{
    /// <summary>Something that a registry synchronizer does not need.</summary>
    Other,

    /// <summary><c>Microsoft.Devices.DeviceCreated</c>.</summary>
    DeviceCreated,

    /// <summary><c>Microsoft.Devices.DeviceDeleted</c>.</summary>
    DeviceDeleted,
}
