using Nave.Amqp;
using Nave.Hub;

namespace Nave.Server.Amqp.Sasl;

/// <summary>PLAIN with a token of a hub as the password (wire facts 5.1.4). What is proved is the connection's <see cref="PeerCredentials"/>.</summary>
internal sealed class HubPlain(HubHost hubs, int maxTokens, TimeProvider time) : ISaslMechanism
{
    public string Name => AmqpSaslMechanism.Plain;

    public ISaslExchange? Begin(AmqpPeer peer, AmqpSaslInit init)
    {
        if (!AmqpSaslPlain.TryParse(init.InitialResponse, out var user, out var password)
            || !PlainUserName.TryParse(user, out var name)
            || hubs.Hubs.FirstOrDefault(hub => hub.Name.Equals(name.Hub, StringComparison.OrdinalIgnoreCase)) is not { } found)
        {
            return null;
        }

        return new Exchange(name, password, new PeerCredentials(found, peer.ClientChain, maxTokens, time));
    }

    private sealed class Exchange(PlainUserName name, string password, PeerCredentials credentials) : ISaslExchange
    {
        public async ValueTask<SaslStep> NextAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
        {
            var put = await credentials.PutAsync(password, cancellationToken);
            if (!put.IsSuccess)
            {
                return SaslStep.Refuse();
            }

            var holds = name.Policy is { } policy
                ? policy.Equals(put.Value.Token.KeyName, StringComparison.OrdinalIgnoreCase)
                : (await credentials.AuthenticateAsync(name.Device, cancellationToken)).IsSuccess;
            return holds ? SaslStep.Accept(credentials) : SaslStep.Refuse();
        }
    }
}
