using Microsoft.Extensions.Logging;
using Nave.Mqtt;

namespace Nave.Client;

/// <content>The connection: opened, kept, renewed and opened again.</content>
public sealed partial class DeviceClient : IMqttConnectionOwner
{
    // How long a planned reconnect waits for acknowledgements, so that nothing is sent twice.
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private MqttConnection? _connection;
    private DateTimeOffset? _renewAt;
    private bool _renewing;
    private int _route;

    private DeviceRoute Route => _routes[Volatile.Read(ref _route)];

    Lock IMqttConnectionOwner.Gate => _gate;

    void IMqttConnectionOwner.Refill(MqttConnection connection) => Refill(connection);

    void IMqttConnectionOwner.Receive(MqttConnection connection, in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.PubAck:
                _outbox.Acknowledge(MqttAck.Decode(frame, MqttVersion.V311).PacketId);
                break;
            case MqttPacketType.Publish:
                ReceivePublish(connection, MqttPublish.Decode(frame, MqttVersion.V311, MqttSender.Server));
                break;
            case MqttPacketType.SubAck:
                ReceiveSubAck(MqttSubAck.Decode(frame, MqttVersion.V311));
                break;
            case MqttPacketType.PingResp:
                connection.PingOutstanding = false;
                break;
            default:
                throw new MqttProtocolException(MqttReason.ProtocolError, $"The hub sent {frame.Type}, which is not for clients.");
        }
    }

    private void Refill(MqttConnection connection)
    {
        if (ReferenceEquals(connection, _connection))
        {
            _outbox.Pump(connection.Output, takeNew: !_renewing && !_closed);
        }
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff(_options.FirstReconnectDelay, _options.LongestReconnectDelay, _options.Random);
        var attempts = 0; // That failed since the last connection: a round of all routes comes before a delay.
        while (!_stop.IsCancellationRequested)
        {
            SetState(DeviceConnectionState.Connecting, null);
            var (reason, lasted, planned) = await ConnectOnceAsync().ConfigureAwait(false);
            var failed = lasted is null;
            if (_stop.IsCancellationRequested || _closed)
            {
                _opened.TrySetException(Closed());
                return;
            }

            SetState(DeviceConnectionState.Disconnected, planned ? null : reason);
            if (failed && ++attempts % _routes.Length != 0)
            {
                Volatile.Write(ref _route, (_route + 1) % _routes.Length);
                Log.Elsewhere(_options.Logger, _name, HostName, reason.Message);
                continue;
            }

            if (!_options.Reconnect || (!_opened.Task.IsCompletedSuccessfully && !_options.RetryFirstConnect))
            {
                GiveUp(reason);
                return;
            }

            if (failed)
            {
                Volatile.Write(ref _route, (_route + 1) % _routes.Length);
            }
            else
            {
                attempts = 0;
            }

            if (lasted >= _options.StableAfter)
            {
                backoff.Reset();
            }

            if (!planned)
            {
                var delay = backoff.Next();
                Log.Away(_options.Logger, _name, delay, reason.Message);
                if (!await WaitAsync(delay).ConfigureAwait(false))
                {
                    _opened.TrySetException(Closed());
                    return;
                }
            }
        }
    }

    private async Task<(Exception Reason, TimeSpan? Lasted, bool Planned)> ConnectOnceAsync()
    {
        MqttConnection? connection = null;
        var time = _options.TimeProvider;
        long? opened = null;
        Exception reason;
        try
        {
            connection = await OpenAsync(_stop.Token).ConfigureAwait(false);
            opened = time.GetTimestamp();
            Begin(connection);
            SetState(DeviceConnectionState.Connected, null);
            _opened.TrySetResult();
            await connection.ReadAsync(_stop.Token).ConfigureAwait(false);
            reason = new EndOfStreamException("The hub closed the connection.");
        }
        catch (Exception e)
        {
            // Network, TLS, protocol and refusal: each ends the connection, and each is reported with the change of state.
            reason = connection?.Fault ?? e;
        }

        var planned = End();
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return (reason, opened is { } at ? time.GetElapsedTime(at) : null, planned);
    }

    private async Task<MqttConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        MqttConnection? connection = null;
        var (login, connector) = Route;
        try
        {
            var stream = await connector.ConnectAsync(either.Token).ConfigureAwait(false);
            connection = new MqttConnection(stream, this, _options.TimeProvider);
            var connect = login.CreateConnect(_options, _topics, out _renewAt);
            var answer = await connection.OpenAsync(connect, either.Token).ConfigureAwait(false);
            if (answer.Reason != MqttReason.Success)
            {
                throw new DeviceClientException(
                    answer.Reason == MqttReason.ServerUnavailable ? DeviceClientError.NotConnected : DeviceClientError.Refused,
                    $"{login.HostName} refused {Id}: {answer.Reason}.");
            }

            return connection;
        }
        catch (Exception e)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            if (e is OperationCanceledException && timeout.IsCancellationRequested)
            {
                throw new DeviceClientException(
                    DeviceClientError.NotConnected, $"No connection to {connector.Host}:{connector.Port} within {_options.ConnectTimeout}.", e);
            }

            throw;
        }
    }

    private void Begin(MqttConnection connection)
    {
        lock (_gate)
        {
            _connection = connection;
            _renewing = false;
            _outbox.StartConnection();
            if (_closed)
            {
                connection.RequestClose();
                return;
            }

            // Answers need their subscriptions, so these go first.
            SubscribeAll(connection);
            PublishRequests(connection);
            Refill(connection);
            connection.RequestFlush();
        }
    }

    private bool End()
    {
        lock (_gate)
        {
            var planned = _renewing;
            _renewing = false;
            _connection = null;
            ForgetSubscribing();
            return planned;
        }
    }

    private void GiveUp(Exception reason)
    {
        var error = reason as DeviceClientException ?? new DeviceClientException(
            DeviceClientError.NotConnected, $"There is no connection to {Route.Connector.Host}:{Route.Connector.Port}: {reason.Message}", reason);
        lock (_gate)
        {
            _running = false;
            _outbox.FailAll(error);
            FailRequests(error);
        }

        _opened.TrySetException(error);
    }

    private async Task<bool> WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _options.TimeProvider, _stop.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Keep-alive, expiry of messages, renewal of the token.</summary>
    private void Tick()
    {
        var now = _options.TimeProvider.GetTimestamp();
        MqttConnection? dead = null;
        lock (_gate)
        {
            _outbox.Expire(now);
            if (_connection is not { } connection || _closed)
            {
                return;
            }

            var silent = _options.TimeProvider.GetElapsedTime(connection.LastReceived, now);
            var idle = _options.TimeProvider.GetElapsedTime(connection.LastSent, now);
            if (connection.PingOutstanding && silent > _options.KeepAlive)
            {
                dead = connection;
            }
            else if (!connection.PingOutstanding && (idle >= _options.KeepAlive / 2 || silent >= _options.KeepAlive / 2))
            {
                connection.PingOutstanding = true;
                MqttPing.EncodeRequest(connection.Output);
                connection.RequestFlush();
            }

            var clock = _options.TimeProvider.GetUtcNow();
            if (_renewAt is { } renewAt && clock >= renewAt)
            {
                _renewing = true;
                if (_outbox.InFlight == 0 || clock >= renewAt + s_drainTimeout)
                {
                    connection.RequestClose();
                }
            }
        }

        dead?.Abort(new TimeoutException($"The hub was silent for {_options.KeepAlive}."));
    }

    private void SetState(DeviceConnectionState state, Exception? reason)
    {
        State = state;
        Log.State(_options.Logger, _name, state);
        ConnectionChanged?.Invoke(this, new DeviceConnectionChange(state, _options.TimeProvider.GetUtcNow(), reason));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Device} is {State}")]
        public static partial void State(ILogger logger, string device, DeviceConnectionState state);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Device} connects again in {Delay}: {Reason}")]
        public static partial void Away(ILogger logger, string device, TimeSpan delay, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Device} tries {HostName}: {Reason}")]
        public static partial void Elsewhere(ILogger logger, string device, string hostName, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Device}: the handler of {What} failed")]
        public static partial void HandlerFailed(ILogger logger, string device, string what, Exception exception);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Device}: a packet was left out: {Reason}")]
        public static partial void LeftOut(ILogger logger, string device, string reason);
    }
}
