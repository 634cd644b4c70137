using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>What a client proves over <c>$cbs</c>: that it may use an audience.</summary>
/// <param name="audience">What the token is for, such as <c>sb://host/stream</c> or <c>host</c>.</param>
/// <param name="key">The key to sign with, or <see langword="null"/> when <paramref name="token"/> is given.</param>
/// <param name="keyName">The policy's name.</param>
/// <param name="token">A token that was made before.</param>
/// <param name="lifetime">How long tokens are made for.</param>
/// <param name="use">Which part of its life a token is used for.</param>
internal sealed class AmqpClaim(string audience, byte[]? key, string? keyName, string? token, TimeSpan lifetime, double use)
{
    // What every SDK sends (wire facts 5.3.2).
    private const string TokenType = "servicebus.windows.net:sastoken";

    // A renewal that fails is tried again while the token before it still holds.
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(10);

    /// <summary>Makes a token.</summary>
    /// <param name="now">The time.</param>
    /// <param name="renewAt">When to make the next; <see langword="null"/> if there is no way.</param>
    /// <param name="expires">When it ends.</param>
    public string Sign(DateTimeOffset now, out DateTimeOffset? renewAt, out DateTimeOffset expires)
    {
        if (key is null)
        {
            renewAt = null;
            expires = DateTimeOffset.MaxValue;
            return token ?? string.Empty;
        }

        renewAt = now + (lifetime * use);
        expires = now + lifetime;
        return SasToken.Create(audience, key, expires, keyName);
    }

    /// <summary>Proves the claim on a new connection, and goes on proving it as long as the connection lasts.</summary>
    /// <exception cref="AmqpPeerException">The peer refuses the token.</exception>
    public async Task ProveAsync(AmqpPeer peer, CancellationToken cancellationToken)
    {
        var cbs = AmqpRequestLink.Attach(peer, "$cbs");
        var (renewAt, expires) = await PutAsync(peer, cbs, cancellationToken).ConfigureAwait(false);
        if (renewAt is { } first)
        {
            _ = RenewAsync(peer, cbs, first, expires);
        }
    }

    private async Task RenewAsync(AmqpPeer peer, AmqpRequestLink cbs, DateTimeOffset at, DateTimeOffset expires)
    {
        try
        {
            while (true)
            {
                var wait = at - peer.Time.GetUtcNow();
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, peer.Time, peer.Gone).ConfigureAwait(false);
                }

                try
                {
                    if (!cbs.IsOpen)
                    {
                        cbs = AmqpRequestLink.Attach(peer, "$cbs");
                    }

                    var (next, ends) = await PutAsync(peer, cbs, peer.Gone).ConfigureAwait(false);
                    at = next ?? ends;
                    expires = ends;
                }
                catch (AmqpPeerException e) when (e.IsTransient && peer.Time.GetUtcNow() + s_retry < expires)
                {
                    at = peer.Time.GetUtcNow() + s_retry;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
        catch (AmqpPeerException e)
        {
            // Without a token the peer would cut the links off one by one: this way everybody hears why.
            peer.Abort(e);
        }
    }

    private async Task<(DateTimeOffset? RenewAt, DateTimeOffset Expires)> PutAsync(AmqpPeer peer, AmqpRequestLink cbs, CancellationToken cancellationToken)
    {
        var text = Sign(peer.Time.GetUtcNow(), out var renewAt, out var expires);
        var reply = await cbs.SendAsync(
            AmqpMap.Strings(("operation", "put-token"), ("type", TokenType), ("name", audience)), text, cancellationToken).ConfigureAwait(false);
        return reply.Status is 200 or 202
            ? (renewAt, expires)
            : throw AmqpFailure.Of(reply.Status, reply.Description, $"{peer.HostName} refuses the token for {audience}");
    }
}
