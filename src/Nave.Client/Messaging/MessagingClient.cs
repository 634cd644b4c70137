using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>
/// Messages to devices over AMQP, as a service of a hub, Nave's or Azure's: sent with acknowledgement, and the feedback on them. Thread-safe. One
/// connection for everything, opened when it is needed and again when it was lost. Source: wire facts 7.
/// </summary>
public sealed class MessagingClient : IAsyncDisposable
{
    private const string Address = "/messages/devicebound";

    private readonly AmqpClientOptions _options;
    private readonly SharedPeer _shared;
    private readonly Lock _gate = new();
    private (AmqpPeer Peer, AmqpSendLink Link)? _sending;

    private MessagingClient(IotHubConnectionString connection, AmqpClientOptions options)
    {
        options.Validate();
        HostName = connection.HostName;
        _options = options;
        var claim = new AmqpClaim(
            connection.HostName,
            connection.SharedAccessKey is { } key ? Convert.FromBase64String(key) : null,
            connection.SharedAccessKeyName,
            connection.SharedAccessSignature,
            options.TokenLifetime,
            options.TokenUse);
        var site = new AmqpSite(
            new StreamConnector(connection.HostName, options.Transport, options.Endpoint, options.TrustedRoots, certificate: null),
            options.PeerOptions(connection.HostName, sasl: null),
            claim);
        _shared = new SharedPeer(site.OpenAsync);
    }

    /// <summary>Gets the hub's host name.</summary>
    public string HostName { get; }

    /// <summary>Makes a client; nothing is opened yet.</summary>
    /// <param name="connectionString">Of a service: with SharedAccessKeyName and the right ServiceConnect.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">The connection string is of a device, or an option is out of range.</exception>
    public static MessagingClient Create(IotHubConnectionString connectionString, AmqpClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return connectionString.DeviceId is null
            ? new MessagingClient(connectionString, options ?? new())
            : throw new ArgumentException("The connection string has a DeviceId: it is a device's.", nameof(connectionString));
    }

    /// <summary>Sends a message to a device or module; the hub has stored it when this ends.</summary>
    /// <param name="id">To whom.</param>
    /// <param name="properties">System properties such as message-id, absolute-expiry-time and <c>iothub-ack</c>, and the application's.</param>
    /// <param name="body">At most 64 KiB with the properties.</param>
    /// <param name="cancellationToken">Ends the wait; a message that has left is not called back.</param>
    /// <exception cref="ArgumentException">The expiry time is no time.</exception>
    /// <exception cref="AmqpPeerException">
    /// NotFound: there is no such device. QuotaExceeded: 50 messages wait for it. TooLarge. NotConnected, TimedOut: it may have been stored.
    /// </exception>
    public async Task SendAsync(IdentityId id, EventProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var device = $"/devices/{Uri.EscapeDataString(id.DeviceId)}";
        var writer = new AmqpWriter(256 + body.Length);
        AmqpEventProperties.Write(
            writer, properties, id.ModuleId is null ? $"{device}/messages/devicebound" : $"{device}/modules/{Uri.EscapeDataString(id.ModuleId)}/messages/devicebound");
        writer.Data(body.Span);
        var link = await LinkAsync(cancellationToken).ConfigureAwait(false);
        var outcome = await link.SendAsync(writer.Written.ToArray(), cancellationToken).ConfigureAwait(false);
        if (outcome.Kind != AmqpOutcomeKind.Accepted)
        {
            throw outcome.Error is { } error
                ? AmqpFailure.Of(error, $"{HostName} refused a message to {id}")
                : new AmqpPeerException(AmqpPeerError.Refused, $"{HostName} did not take a message to {id}: {outcome.Kind}.");
        }
    }

    /// <summary>Receives feedback on messages whose <c>iothub-ack</c> asked for it, as it comes; goes on when the connection was lost.</summary>
    /// <param name="cancellationToken">Ends the receiving at once.</param>
    /// <exception cref="AmqpPeerException">The hub cannot be reached at the first attempt, or refuses.</exception>
    public async IAsyncEnumerable<FeedbackBatch> ReceiveFeedbackAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var backoff = new Backoff(_options.FirstReconnectDelay, _options.LongestReconnectDelay, _options.Random);
        var isFirst = !_options.RetryFirstConnect;
        while (true)
        {
            FeedbackLink? link = null;
            try
            {
                try
                {
                    link = FeedbackLink.Attach(await _shared.GetAsync(cancellationToken).ConfigureAwait(false));
                }
                catch (AmqpPeerException e) when (e.IsTransient && !isFirst)
                {
                    // Tried again below.
                }

                while (link is not null)
                {
                    FeedbackBatch batch;
                    try
                    {
                        batch = await link.Batches.ReadAsync(cancellationToken).ConfigureAwait(false);
                    }
                    catch (ChannelClosedException e) when (e.InnerException is AmqpPeerException { IsTransient: true } && !isFirst)
                    {
                        break;
                    }
                    catch (ChannelClosedException e) when (e.InnerException is AmqpPeerException refused)
                    {
                        throw new AmqpPeerException(refused.Error, refused.Message, refused.Condition, refused);
                    }

                    isFirst = false;
                    backoff.Reset();
                    yield return batch;
                }
            }
            finally
            {
                link?.Detach();
            }

            await Task.Delay(backoff.Next(), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _shared.DisposeAsync();

    private async Task<AmqpSendLink> LinkAsync(CancellationToken cancellationToken)
    {
        var peer = await _shared.GetAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_sending is not { } sending || sending.Peer != peer || !sending.Link.IsOpen)
            {
                _sending = (peer, AmqpSendLink.Attach(peer, Address));
            }

            return _sending.Value.Link;
        }
    }
}
