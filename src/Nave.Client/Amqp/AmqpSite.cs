using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;

namespace Nave.Client;

/// <summary>Where an AMQP peer is and how to be let in: opens connections.</summary>
/// <param name="connector">Opens the stream.</param>
/// <param name="options">Of the connection.</param>
/// <param name="claim">What to prove over <c>$cbs</c>; <see langword="null"/> = nothing, for SASL or a certificate has done so.</param>
internal sealed class AmqpSite(StreamConnector connector, AmqpPeerOptions options, AmqpClaim? claim)
{
    public string HostName => options.HostName;

    /// <summary>Opens a connection on which links may be attached.</summary>
    /// <exception cref="AmqpPeerException">The peer cannot be reached, or refuses.</exception>
    public async Task<AmqpPeer> OpenAsync(CancellationToken cancellationToken)
    {
        var peer = await AmqpPeer.OpenAsync(await ConnectAsync(cancellationToken).ConfigureAwait(false), options, cancellationToken).ConfigureAwait(false);
        if (claim is null)
        {
            return peer;
        }

        try
        {
            await claim.ProveAsync(peer, cancellationToken).ConfigureAwait(false);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var where = $"{connector.Host}:{connector.Port}";
        using var timeout = new CancellationTokenSource(options.OperationTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await connector.ConnectAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AmqpPeerException(AmqpPeerError.TimedOut, $"No connection to {where} within {options.OperationTimeout}.", inner: e);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or WebSocketException or HttpRequestException)
        {
            throw new AmqpPeerException(AmqpPeerError.NotConnected, $"There is no connection to {where}: {e.Message}", inner: e);
        }
    }
}
