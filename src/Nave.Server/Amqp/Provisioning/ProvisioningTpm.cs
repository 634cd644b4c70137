using System.Text;
using Nave.Amqp;
using Nave.Hub.Provisioning;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>
/// The mechanism TPM (wire facts 17.4.6). The first message is <c>00 scope 00 registration 00 endorsement key</c>; the rest is
/// <see cref="TpmExchange"/>. What is proved is a <see cref="ProvisioningPrincipal"/>.
/// </summary>
internal sealed class ProvisioningTpm(IDeviceProvisioning provisioning) : ISaslMechanism
{
    /// <inheritdoc/>
    public string Name => AmqpSaslMechanism.Tpm;

    /// <inheritdoc/>
    public ISaslExchange? Begin(AmqpPeer peer, AmqpSaslInit init)
    {
        ReadOnlySpan<byte> rest = init.InitialResponse;
        return TryTake(ref rest, out var leading) && leading.Length == 0
            && TryTake(ref rest, out var idScope)
            && TryTake(ref rest, out var registrationId)
            && !rest.IsEmpty
                ? new TpmExchange(provisioning, idScope, registrationId, rest.ToArray())
                : null;
    }

    // Text up to the next zero.
    private static bool TryTake(ref ReadOnlySpan<byte> bytes, out string text)
    {
        var end = bytes.IndexOf((byte)0);
        text = end < 0 ? string.Empty : Encoding.UTF8.GetString(bytes[..end]);
        bytes = end < 0 ? bytes : bytes[(end + 1)..];
        return end >= 0;
    }
}
