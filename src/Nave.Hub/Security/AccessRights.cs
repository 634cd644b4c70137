namespace Nave.Hub.Security;

/// <summary>What a shared access policy permits.</summary>
[Flags]
public enum AccessRights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read the identity registry.</summary>
    RegistryRead = 1,

    /// <summary>Change the identity registry.</summary>
    RegistryWrite = 2,

    /// <summary>Use the service side: twins, queries, methods, cloud-to-device messages, events.</summary>
    ServiceConnect = 4,

    /// <summary>Use the device side.</summary>
    DeviceConnect = 8,
}
