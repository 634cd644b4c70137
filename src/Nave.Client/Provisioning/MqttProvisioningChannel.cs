using System.Globalization;
using System.Text;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <summary>Device provisioning over MQTT (wire facts 17.2): one connection for one registration.</summary>
internal sealed class MqttProvisioningChannel(string hostName, string idScope, ProvisioningIdentity identity, ProvisioningClientOptions options)
    : IProvisioningChannel, IMqttConnectionOwner
{
    // What every live SDK sends (wire facts 17.1.1).
    private const string ApiVersion = "2019-03-31";
    private const ushort SubscribeId = 1;
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private MqttConnection? _connection;
    private Task? _reading;
    private TaskCompletionSource<ProvisioningAnswer>? _waiting;
    private int _lastId = SubscribeId;

    Lock IMqttConnectionOwner.Gate => _gate;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var transport = options.Transport switch
        {
            ProvisioningTransport.MqttWebSocket => ClientTransport.MqttWebSocket,
            ProvisioningTransport.MqttPlain => ClientTransport.MqttPlain,
            _ => ClientTransport.Mqtt,
        };
        var connector = new StreamConnector(hostName, transport, options.Endpoint, options.TrustedRoots, identity.Certificate)
        {
            Intermediates = identity.Intermediates,
        };
        var stream = await connector.ConnectAsync(cancellationToken).ConfigureAwait(false);
        _connection = new MqttConnection(stream, this, options.TimeProvider);
        var answer = await _connection.OpenAsync(CreateConnect(), cancellationToken).ConfigureAwait(false);
        if (answer.Reason != MqttReason.Success)
        {
            var code = answer.Reason is MqttReason.ServerUnavailable or MqttReason.ServerBusy ? HubErrorCode.ServiceUnavailable : HubErrorCode.IotHubUnauthorizedAccess;
            throw new ProvisioningException(
                $"{hostName} refused the connection of '{identity.RegistrationId}': {answer.Reason}.", new HubError(code, $"CONNACK has {answer.Reason}."));
        }

        _reading = ReadAsync(_connection);
        await AskAsync(
            output => new MqttSubscribe
            {
                PacketId = SubscribeId, Subscriptions = [new MqttSubscription(ProvisioningTopics.ResponseFilter, MqttQos.AtLeastOnce)],
            }.Encode(output, MqttVersion.V311),
            cancellationToken).ConfigureAwait(false);
    }

    public Task<ProvisioningAnswer> RegisterAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        PublishAsync(id => ProvisioningTopics.Register(id), body, cancellationToken);

    public Task<ProvisioningAnswer> GetOperationAsync(string operationId, CancellationToken cancellationToken) =>
        PublishAsync(id => ProvisioningTopics.GetOperation(id, operationId), ReadOnlyMemory<byte>.Empty, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        MqttConnection? connection;
        lock (_gate)
        {
            connection = _connection;
            connection?.RequestClose();
        }

        if (_reading is not null)
        {
            // The connection ends when DISCONNECT has gone out; one that is stuck is not waited for long.
            _stop.CancelAfter(s_farewell);
            await _reading.ConfigureAwait(false);
        }

        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    void IMqttConnectionOwner.Refill(MqttConnection connection)
    {
    }

    void IMqttConnectionOwner.Receive(MqttConnection connection, in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.SubAck:
                var reason = MqttSubAck.Decode(frame, MqttVersion.V311).Reasons[0];
                Answer(new ProvisioningAnswer(reason is MqttReason.Success or MqttReason.GrantedQos1 ? 200 : 403, null, default));
                break;
            case MqttPacketType.Publish:
                Receive(connection, MqttPublish.Decode(frame, MqttVersion.V311, MqttSender.Server));
                break;
            case MqttPacketType.PubAck:
                break;
            default:
                throw new MqttProtocolException(MqttReason.ProtocolError, $"The service sent {frame.Type}, which was not asked for.");
        }
    }

    private void Receive(MqttConnection connection, in MqttPublish publish)
    {
        if (publish.Qos == MqttQos.AtLeastOnce)
        {
            Span<byte> ack = stackalloc byte[MqttAck.PubAckSize];
            MqttAck.WritePubAck(ack, publish.PacketId);
            ack.CopyTo(connection.Output.GetSpan(ack.Length));
            connection.Output.Advance(ack.Length);
        }

        var topic = ProvisioningTopics.Parse(publish.Topic);
        if (topic.Kind == ProvisioningTopicKind.Response && Encoding.UTF8.GetString(topic.RequestId) == _lastId.ToString(CultureInfo.InvariantCulture))
        {
            var retryAfter = topic.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : default(TimeSpan?);
            Answer(new ProvisioningAnswer(topic.Status, retryAfter, publish.Payload.ToArray()));
        }
    }

    private void Answer(ProvisioningAnswer answer) => _waiting?.TrySetResult(answer);

    private async Task ReadAsync(MqttConnection connection)
    {
        Exception reason;
        try
        {
            await connection.ReadAsync(_stop.Token).ConfigureAwait(false);
            reason = new EndOfStreamException("The service closed the connection.");
        }
        catch (Exception e)
        {
            // Whatever ended it, whoever waits is told; a cancelled read is the channel's own end.
            reason = connection.Fault ?? e;
        }

        lock (_gate)
        {
            _waiting?.TrySetException(reason is IOException or MqttProtocolException ? reason : new IOException(reason.Message, reason));
            _waiting = null;
            _connection = null;
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private Task<ProvisioningAnswer> PublishAsync(Func<string, string> topic, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => AskAsync(
        output =>
        {
            var id = ++_lastId;
            new MqttPublish
            {
                Topic = Encoding.UTF8.GetBytes(topic(id.ToString(CultureInfo.InvariantCulture))),
                Payload = body.Span,
                Qos = MqttQos.AtLeastOnce,
                PacketId = (ushort)(1 + (id % ushort.MaxValue)),
            }.Encode(output, MqttVersion.V311, MqttSender.Client);
        },
        cancellationToken);

    private async Task<ProvisioningAnswer> AskAsync(Action<PooledBuffer> encode, CancellationToken cancellationToken)
    {
        var waiting = new TaskCompletionSource<ProvisioningAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            var connection = _connection ?? throw new EndOfStreamException("The service closed the connection.");
            _waiting = waiting;
            encode(connection.Output);
            connection.RequestFlush();
        }

        return await waiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private MqttConnect CreateConnect()
    {
        var resource = $"{idScope}/registrations/{identity.RegistrationId}";
        var token = identity.Key is null
            ? null
            : SasToken.Create(
                resource, Convert.FromBase64String(identity.Key), options.TimeProvider.GetUtcNow() + options.TokenLifetime, "registration");
        return new MqttConnect
        {
            ClientId = identity.RegistrationId,
            CleanStart = true,
            KeepAliveSeconds = 0, // The connection lasts as long as the caller waits.
            UserName = $"{resource}/api-version={ApiVersion}&ClientVersion={Uri.EscapeDataString("nave/0.1")}",

            // Without the cast the null would be an empty password.
            Password = token is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(token),
        };
    }
}
