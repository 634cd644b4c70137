using Nave.Amqp;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>
/// PLAIN with the user <c>{scope}/registrations/{id}</c> and a token as the password (wire facts 17.4.1). What is proved is a
/// <see cref="ProvisioningPrincipal"/>.
/// </summary>
internal sealed class ProvisioningPlain(IDeviceProvisioning provisioning) : ISaslMechanism
{
    /// <inheritdoc/>
    public string Name => AmqpSaslMechanism.Plain;

    /// <inheritdoc/>
    public ISaslExchange? Begin(AmqpPeer peer, AmqpSaslInit init) =>
        AmqpSaslPlain.TryParse(init.InitialResponse, out var user, out var password)
        && AmqpAddress.TryParse(user, out var address)
        && ProvisioningEndpoint.IsRegistration(address)
            ? new Exchange(provisioning, address[0], address[2], password)
            : null;

    private sealed class Exchange(IDeviceProvisioning provisioning, string idScope, string registrationId, string password) : ISaslExchange
    {
        public async ValueTask<SaslStep> NextAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
        {
            var proved = await provisioning.AuthenticateAsync(idScope, registrationId, new DeviceCredential(password), cancellationToken);
            return proved.IsSuccess ? SaslStep.Accept(proved.Value) : SaslStep.Refuse();
        }
    }
}
