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

    /// <summary>Provisioning: read enrollments.</summary>
    EnrollmentRead = 16,

    /// <summary>Provisioning: change enrollments.</summary>
    EnrollmentWrite = 32,

    /// <summary>Provisioning: read registrations.</summary>
    RegistrationStatusRead = 64,

    /// <summary>Provisioning: delete registrations.</summary>
    RegistrationStatusWrite = 128,

    /// <summary>Provisioning: linked hubs, certificate authorities, policies.</summary>
    ServiceConfig = 256,
}
