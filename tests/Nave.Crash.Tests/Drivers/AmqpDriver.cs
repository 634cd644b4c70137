using Nave.Client;
using Nave.Crash.Tests.Hosting;

namespace Nave.Crash.Tests.Drivers;

/// <summary>Opens AMQP connections of devices, let in by a token over <c>$cbs</c>.</summary>
internal static class AmqpDriver
{
    /// <exception cref="AmqpPeerException">The hub cannot be reached, or refuses.</exception>
    public static Task<AmqpPeer> OpenAsync(HubAddress address, string deviceId, bool tls, CancellationToken cancellationToken)
    {
        var host = address.Owner.HostName;
        var connector = new StreamConnector(
            host,
            tls ? ClientTransport.Amqp : ClientTransport.AmqpPlain,
            new ClientEndpoint { Port = tls ? address.AmqpPort : address.AmqpPlainPort },
            address.Roots,
            certificate: null);

        // Made here, for longer than any run: nothing is renewed.
        var claim = new AmqpClaim($"{host}/devices/{deviceId}", key: null, keyName: null, DeviceKeys.TokenOf(host, deviceId), TimeSpan.Zero, use: 1);
        return new AmqpSite(connector, new AmqpPeerOptions { HostName = host }, claim).OpenAsync(cancellationToken);
    }
}
