namespace Nave.Hub.Webhooks;

/// <summary>Which events a webhook gets.</summary>
[Flags]
public enum WebhookEvents
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>Microsoft.Devices.DeviceCreated</c>.</summary>
    DeviceCreated = 1,

    /// <summary><c>Microsoft.Devices.DeviceDeleted</c>.</summary>
    DeviceDeleted = 2,

    /// <summary><c>Microsoft.Devices.DeviceConnected</c>, of modules too.</summary>
    DeviceConnected = 4,

    /// <summary><c>Microsoft.Devices.DeviceDisconnected</c>, of modules too.</summary>
    DeviceDisconnected = 8,

    /// <summary>All of them.</summary>
    All = DeviceCreated | DeviceDeleted | DeviceConnected | DeviceDisconnected,
}
