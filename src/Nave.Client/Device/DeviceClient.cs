using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <summary>
/// A device or module over MQTT, of Nave or of Azure IoT Hub. Sends events and completes each when the hub has acknowledged it; keeps
/// a bounded number while it is away; connects again by itself. Thread-safe.
/// </summary>
public sealed partial class DeviceClient : IAsyncDisposable
{
    /// <summary>The largest event, properties included: 256 KiB. Source: Azure IoT Hub quotas.</summary>
    public const int MaxEventBytes = 256 * 1024;

    // How long a dispose waits for DISCONNECT to leave.
    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(5);

    private readonly DeviceClientOptions _options;
    private readonly DeviceRoute[] _routes;
    private readonly string _name;
    private readonly MqttTopics _topics;
    private readonly MqttPacketIds _ids = new();
    private readonly Outbox _outbox;
    private readonly CancellationTokenSource _stop = new();
    private readonly long _messageTimeout;
    private readonly ITimer _timer;
    private TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _run;
    private bool _running;
    private bool _closed;

    private DeviceClient(DeviceLogin login, string connectHost, DeviceClientOptions options)
    {
        options.Validate();
        _options = options;
        _name = login.Id.ToString();
        _topics = new MqttTopics(login.Id);
        _routes =
        [
            RouteTo(login, options.Endpoint with { Host = options.Endpoint.Host ?? connectHost }, options),
            .. options.Alternates.Select(site => RouteTo(login.At(site.HostName), site.Endpoint, options)),
        ];
        _outbox = new Outbox(_topics, _ids, options);
        _messageTimeout = (long)(options.MessageTimeout.TotalSeconds * options.TimeProvider.TimestampFrequency);
        var tick = TimeSpan.FromTicks(Math.Min(Math.Min(options.KeepAlive.Ticks, options.MessageTimeout.Ticks) / 4, options.TokenLifetime.Ticks / 10));
        tick = tick < TimeSpan.FromMilliseconds(50) ? TimeSpan.FromMilliseconds(50) : tick > TimeSpan.FromSeconds(5) ? TimeSpan.FromSeconds(5) : tick;
        _timer = options.TimeProvider.CreateTimer(static client => ((DeviceClient)client!).Tick(), this, tick, tick);
    }

    /// <summary>Tells of each change of the connection, in order, on a thread of the client: do not block it.</summary>
    public event EventHandler<DeviceConnectionChange>? ConnectionChanged;

    /// <summary>Gets whom this client is.</summary>
    public IdentityId Id => _routes[0].Login.Id;

    /// <summary>Gets the host name of the hub that the client is connected to, or tries next.</summary>
    public string HostName => Route.Login.HostName;

    /// <summary>Gets the state of the connection.</summary>
    public DeviceConnectionState State { get; private set; }

    /// <summary>Gets how many events wait to be sent.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _outbox.Waiting;
            }
        }
    }

    /// <summary>Gets how many events are sent and unacknowledged.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate)
            {
                return _outbox.InFlight;
            }
        }
    }

    /// <summary>Makes a client that proves itself by key or token. It does not connect yet.</summary>
    /// <param name="connectionString">Of a device or module.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the connection string is of a service or wants a certificate.</exception>
    public static DeviceClient Create(IotHubConnectionString connectionString, DeviceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        if (connectionString.DeviceId is null)
        {
            throw new ArgumentException("The connection string has no DeviceId: it is a service's.", nameof(connectionString));
        }

        if (connectionString.SharedAccessKey is null && connectionString.SharedAccessSignature is null)
        {
            throw new ArgumentException("The connection string has x509=true: give the certificate too.", nameof(connectionString));
        }

        return new DeviceClient(new DeviceLogin(connectionString), connectionString.GatewayHostName ?? connectionString.HostName, options ?? new());
    }

    /// <summary>Makes a client that proves itself by certificate. It does not connect yet.</summary>
    /// <param name="connectionString">Of a device or module, with <c>x509=true</c>.</param>
    /// <param name="certificate">With its private key; the caller disposes of it after the client.</param>
    /// <param name="options">The options.</param>
    public static DeviceClient Create(IotHubConnectionString connectionString, X509Certificate2 certificate, DeviceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(certificate);
        if (connectionString.DeviceId is null || !certificate.HasPrivateKey)
        {
            throw new ArgumentException("A DeviceId and a certificate with its private key are needed.", nameof(connectionString));
        }

        var login = new DeviceLogin(connectionString with { SharedAccessKey = null, SharedAccessSignature = null }) { Certificate = certificate };
        return new DeviceClient(login, connectionString.GatewayHostName ?? connectionString.HostName, options ?? new());
    }

    /// <summary>Connects, and keeps the connection until the client is disposed of.</summary>
    /// <exception cref="DeviceClientException">Refused, or not reachable (unless <see cref="DeviceClientOptions.RetryFirstConnect"/>).</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        Task opened;
        lock (_gate)
        {
            if (_closed)
            {
                throw Closed();
            }

            if (!_running)
            {
                _running = true;
                if (_opened.Task.IsCompleted)
                {
                    _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                _run = Task.Run(RunAsync, CancellationToken.None);
            }

            opened = _opened.Task;
        }

        await opened.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends an event. Many may be on their way; they keep their order.</summary>
    /// <param name="body">Must not change before the task completes.</param>
    /// <param name="properties">Reuse one set where possible: its topic is made once.</param>
    /// <param name="cancellationToken">Ends the waiting; an event that left may be stored nevertheless.</param>
    /// <returns>Completes when the hub has acknowledged: the event is durable. Await it once.</returns>
    /// <exception cref="DeviceClientException">Queue full, timed out, too large, or disposed; in the task.</exception>
    public ValueTask SendEventAsync(ReadOnlyMemory<byte> body, EventProperties? properties = null, CancellationToken cancellationToken = default)
    {
        properties ??= EventProperties.Empty;
        var operation = SendOperation.Rent(body, properties, _options.TimeProvider.GetTimestamp() + _messageTimeout);
        var task = operation.AsTask(cancellationToken);
        var refusal = CheckSize(body, properties);
        lock (_gate)
        {
            refusal ??= _closed ? Closed()
                : !_running ? new DeviceClientException(DeviceClientError.NotConnected, "There is no connection and none is being opened: call ConnectAsync.")
                : _outbox.TryAdd(operation);
            if (refusal is null && _connection is { } connection)
            {
                Refill(connection);
                connection.RequestFlush();
            }
        }

        if (refusal is not null)
        {
            operation.Fail(refusal);
            operation.Release();
        }

        return task;
    }

    /// <summary>Cuts the connection off without a farewell, as a fault would; the hub publishes the will, and the client connects again.</summary>
    public void Drop()
    {
        MqttConnection? connection;
        lock (_gate)
        {
            connection = _connection;
        }

        connection?.Abort(new IOException("The connection was dropped on request."));
    }

    /// <summary>Disconnects. What waits or is unacknowledged fails: await what must arrive first.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? run;
        bool connected;
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            run = _run;
            connected = _connection is not null;
            _connection?.RequestClose();
        }

        if (!connected)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        if (run is not null)
        {
            try
            {
                await run.WaitAsync(s_closeTimeout, _options.TimeProvider).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                Drop();
            }
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        if (run is not null)
        {
            await run.ConfigureAwait(false);
        }

        lock (_gate)
        {
            _outbox.FailAll(Closed());
            FailRequests(Closed());
        }

        SetState(DeviceConnectionState.Closed, null);
        _stop.Dispose();
    }

    private static DeviceRoute RouteTo(DeviceLogin login, ClientEndpoint endpoint, DeviceClientOptions options) =>
        new(login, new StreamConnector(login.HostName, options.Transport, endpoint, options.TrustedRoots, login.Certificate));

    private static DeviceClientException Closed() => new(DeviceClientError.Disposed, "The client was disposed of.");

    private DeviceClientException? CheckSize(ReadOnlyMemory<byte> body, EventProperties properties)
    {
        // The encoded form is an upper bound of what counts, and a third of what a topic may need: exact figures only near a limit.
        if (body.Length + properties.Encoded.Length > MaxEventBytes && body.Length + properties.ContentBytes > MaxEventBytes)
        {
            return new DeviceClientException(
                DeviceClientError.TooLarge, $"The event has {body.Length + properties.ContentBytes} bytes; {MaxEventBytes} are permitted.");
        }

        if (_topics.TelemetryPrefix.Length + ((properties.Encoded.Length + 16) * 4) > ushort.MaxValue
            && _topics.TelemetryPrefix.Length + MqttPropertyBag.Encode(properties).Length is var length and > ushort.MaxValue)
        {
            return new DeviceClientException(DeviceClientError.TooLarge, $"The properties make a topic of {length} bytes; {ushort.MaxValue} are permitted.");
        }

        return null;
    }
}
