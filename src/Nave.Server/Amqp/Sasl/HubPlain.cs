using Nave.Amqp;
using Nave.Api;
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
            || !SasToken.TryParse(password, out var token)
            || !hubs.TryFind(token.Host, out var found)
            || !IsFirstLabel(name.Hub, token.Host))
        {
            return null;
        }

        return new Exchange(name, password, new PeerCredentials(found, peer.ClientChain, maxTokens, time));
    }

    // The user name has the first label of the host that the token is for; labels need not be unique among the names of many hubs, hosts are.
    private static bool IsFirstLabel(string label, string hostName) =>
        hostName.StartsWith(label, StringComparison.OrdinalIgnoreCase) && (hostName.Length == label.Length || hostName[label.Length] == '.');

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
