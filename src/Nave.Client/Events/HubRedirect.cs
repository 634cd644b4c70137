using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>
/// Asks a hub where its event stream is: the hub answers a link to <c>/messages/events/$management</c> with a redirect. Source: wire facts 7.4; the
/// login is the one that Azure's own tools use there (5.1.4).
/// </summary>
internal sealed class HubRedirect : IAmqpReceiverHandler
{
    private const string Address = "/messages/events/$management";

    private readonly string _hostName;
    private readonly TaskCompletionSource<AmqpError?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubRedirect(string hostName) => _hostName = hostName;

    /// <summary>Asks.</summary>
    /// <param name="connection">A service connection string.</param>
    /// <param name="options">How to reach the hub.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Host and port to connect to, and the stream's name there.</returns>
    /// <exception cref="AmqpPeerException">The hub cannot be reached, refuses, or does not redirect.</exception>
    public static async Task<(string Host, int? Port, string Name)> FindAsync(
        IotHubConnectionString connection, AmqpClientOptions options, CancellationToken cancellationToken)
    {
        var site = new AmqpSite(
            new StreamConnector(connection.HostName, options.Transport, options.Endpoint, options.TrustedRoots, certificate: null),
            options.PeerOptions(
                connection.HostName,
                new AmqpSaslClient { Mechanism = AmqpSaslMechanism.Plain, InitialResponse = Login(connection, options), HostName = connection.HostName }),
            claim: null);
        await using var peer = await site.OpenAsync(cancellationToken).ConfigureAwait(false);
        var redirect = new HubRedirect(connection.HostName);
        lock (peer.Gate)
        {
            peer.Engine.Begin().AttachReceiver(
                new AmqpAttach { Name = "nave-events", Source = new AmqpSource { Address = Address }, Target = new AmqpTarget { Address = "nave-events" } }, redirect, 1);
            peer.Flush();
        }

        try
        {
            return Read(connection.HostName, await redirect._answer.Task.WaitAsync(options.OperationTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false));
        }
        catch (TimeoutException)
        {
            throw new AmqpPeerException(AmqpPeerError.TimedOut, $"{connection.HostName} did not say within {options.OperationTimeout} where its events are.");
        }
    }

    void IAmqpReceiverHandler.OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        // It is not there for messages.
    }

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? error) =>
        _answer.TrySetResult(error ?? new AmqpError(AmqpCondition.DetachForced, $"{_hostName} detached {Address} without a word."));

    private static byte[] Login(IotHubConnectionString connection, AmqpClientOptions options)
    {
        var password = connection.SharedAccessKey is { } key
            ? SasToken.Create(
                connection.HostName, Convert.FromBase64String(key), options.TimeProvider.GetUtcNow() + options.TokenLifetime, connection.SharedAccessKeyName)
            : connection.SharedAccessSignature ?? string.Empty;
        return AmqpSaslPlain.Encode($"{connection.SharedAccessKeyName}@sas.root.{connection.HostName.Split('.')[0]}", password);
    }

    // {hostname, network-host, port, address amqps://host:port/name/$management}.
    private static (string Host, int? Port, string Name) Read(string hubName, AmqpError? error)
    {
        if (error is not { Condition: AmqpCondition.LinkRedirect })
        {
            throw AmqpFailure.Of(error ?? new AmqpError(AmqpCondition.DetachForced), $"{hubName} does not say where its events are");
        }

        var address = error.Info?["address"].Text;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Segments is not [_, var name, ..])
        {
            throw new AmqpPeerException(AmqpPeerError.Refused, $"{hubName} redirects to '{address}'; an address such as amqps://host/name/$management is needed.");
        }

        return (error.Info?["hostname"].Text ?? uri.Host, uri.Port > 0 ? uri.Port : null, Uri.UnescapeDataString(name.TrimEnd('/')));
    }
}
