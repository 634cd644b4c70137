using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>Where an event stream is, and the one connection to it.</summary>
internal sealed partial class EventStream : IAsyncDisposable
{
    private const string WebSocketPath = "/$servicebus/websocket";

    private readonly EventHubConnectionString? _direct;
    private readonly IotHubConnectionString? _hub;
    private readonly AmqpClientOptions _options;
    private readonly Action<DeviceConnectionState, Exception?> _changed;
    private readonly SharedPeer _shared;
    private EventStreamConnection? _connection;
    private (string Host, int? Port, string Name) _address;
    private int _generation;

    public EventStream(EventHubConnectionString? direct, IotHubConnectionString? hub, AmqpClientOptions options, Action<DeviceConnectionState, Exception?> changed)
    {
        _direct = direct;
        _hub = hub;
        _options = options;
        _changed = changed;
        _shared = new SharedPeer(OpenAsync);
        HostName = direct?.Endpoint.Host ?? hub!.HostName; // One of the two is given.
    }

    public string HostName { get; }

    public TimeProvider Time => _options.TimeProvider;

    public TimeSpan OperationTimeout => _options.OperationTimeout;

    public bool RetriesFirst => _options.RetryFirstConnect;

    public Backoff NewBackoff() => new(_options.FirstReconnectDelay, _options.LongestReconnectDelay, _options.Random);

    /// <summary>Gets the connection, opened if there is none.</summary>
    /// <exception cref="AmqpPeerException">It cannot be opened.</exception>
    public async Task<EventStreamConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _shared.GetAsync(cancellationToken).ConfigureAwait(false);

        // Set before the one that was waited for; if another has taken its place meanwhile, so much the better.
        return Volatile.Read(ref _connection)!;
    }

    public ValueTask DisposeAsync() => _shared.DisposeAsync();

    private async Task<AmqpPeer> OpenAsync(CancellationToken cancellationToken)
    {
        _changed(DeviceConnectionState.Connecting, null);

        // Asked anew each time: a hub that failed over has its events elsewhere.
        var address = _hub is null
            ? (Host: HostName, Port: _direct!.Endpoint.Port > 0 ? _direct.Endpoint.Port : (int?)null, Name: _direct.EntityPath)
            : await HubRedirect.FindAsync(_hub, _options, cancellationToken).ConfigureAwait(false);
        if (address.Host != _address.Host || address.Name != _address.Name)
        {
            _generation++;
        }

        _address = address;
        var claim = ClaimFor(address.Host, address.Name);
        var peer = await SiteOf(address.Host, address.Port, claim).OpenAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _connection, new EventStreamConnection(peer, address.Name, _generation, new EventManagement(peer, address.Name, claim)));
        Log.Connected(_options.Logger, address.Host, address.Name);
        _changed(DeviceConnectionState.Connected, null);
        _ = WatchAsync(peer);
        return peer;
    }

    private async Task WatchAsync(AmqpPeer peer)
    {
        await peer.Closed.ConfigureAwait(false);
        if (peer.Fault is { } reason)
        {
            Log.Lost(_options.Logger, peer.HostName, reason.Message);
        }

        _changed(DeviceConnectionState.Disconnected, peer.Fault);
    }

    // Event Hubs signs with the text of a key, not with what it is base64 of.
    private AmqpClaim ClaimFor(string host, string name)
    {
        var key = _direct?.SharedAccessKey ?? _hub?.SharedAccessKey;
        return new AmqpClaim(
            $"sb://{host}/{name}",
            key is null ? null : Encoding.UTF8.GetBytes(key),
            _direct?.SharedAccessKeyName ?? _hub?.SharedAccessKeyName,
            _hub?.SharedAccessSignature,
            _options.TokenLifetime,
            _options.TokenUse);
    }

    private AmqpSite SiteOf(string host, int? port, AmqpClaim claim)
    {
        var transport = _direct is { UseDevelopmentEmulator: true } ? ClientTransport.AmqpPlain : _options.Transport;

        // What leads to the hub leads to its events if they are in the same place, as with Nave; a port that the endpoint names is AMQP's.
        var isSame = host.Equals(HostName, StringComparison.OrdinalIgnoreCase);
        var endpoint = isSame ? _options.Endpoint : new ClientEndpoint();
        if (endpoint.Port is null && transport != ClientTransport.AmqpWebSocket && (endpoint.Host is null || _hub is null))
        {
            endpoint = endpoint with { Port = port };
        }

        return new AmqpSite(
            new StreamConnector(host, transport, endpoint, _options.TrustedRoots, certificate: null) { WebSocketPath = WebSocketPath },
            _options.PeerOptions(host, new AmqpSaslClient { Mechanism = AmqpSaslMechanism.Anonymous, HostName = host }),
            claim);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Connected to {Host} for {Stream}")]
        public static partial void Connected(ILogger logger, string host, string stream);

        [LoggerMessage(Level = LogLevel.Information, Message = "The connection to {Host} is lost: {Reason}")]
        public static partial void Lost(ILogger logger, string host, string reason);
    }
}
