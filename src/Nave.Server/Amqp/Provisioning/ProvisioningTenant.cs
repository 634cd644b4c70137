using Nave.Hub.Provisioning;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>What the AMQP head has to be given for device provisioning.</summary>
internal static class ProvisioningTenant
{
    /// <summary>Makes the tenant: by its host name, or by whoever has proved to be a device that is to be provisioned.</summary>
    public static AmqpTenant Create(IDeviceProvisioning provisioning) =>
        new(provisioning.HostName, null, [new ProvisioningEndpoint(provisioning)]) { SaslIdentity = typeof(ProvisioningPrincipal) };

    /// <summary>Makes the SASL mechanisms.</summary>
    public static IReadOnlyList<ISaslMechanism> Mechanisms(IDeviceProvisioning provisioning) =>
        [new ProvisioningPlain(provisioning), new ProvisioningTpm(provisioning)];
}
