using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Connections;
using Nave.Hub.Provisioning;
using Nave.Hub.Telemetry;
using Nave.Mqtt;
using Nave.Server.Connections;
using Nave.Server.Ingest;

namespace Nave.Server.Mqtt;

/// <summary>
/// One MQTT connection of a device or module to its hub, or to device provisioning, over any transport: packets in, calls out, and back.
/// </summary>
internal sealed partial class MqttConnection : IConnectionHandler, IDeviceLink, IHeldSender
{
    private readonly MqttContext _context;
    private readonly HeadLane _lane;
    private readonly X509Certificate2Collection? _certificates;

    // Guards the step from Authenticating to Open against the end of the connection.
    private readonly Lock _gate = new();

    // Held while something is sent that must not overtake the acknowledgement of what asked for it. Nothing else is locked within but the connection.
    private readonly Lock _order = new();
    private Connection _connection = null!; // Set by Start, before anything else can happen.
    private volatile MqttPhase _phase;
    private volatile bool _held;
    private MqttVersion _version = MqttVersion.V311;
    private int _maxPacket;
    private long _lastPacket;
    private long _silence;
    private long _unavailableSince;
    private IotHub? _hub;
    private DeviceSession? _session;
    private MqttTopics? _topics;
    private TelemetryIntake? _intake;
    private TwinRequests? _requests;
    private CommandFeed? _feed;
    private MqttWill? _will;
    private int _maxOutgoing = MqttFrame.MaxPacketSize;
    private ushort _receiveMaximum = ushort.MaxValue;

    public MqttConnection(MqttContext context, HeadLane lane, string protocol, X509Certificate2Collection? certificates)
    {
        _context = context;
        _lane = lane;
        _certificates = certificates;
        _maxPacket = context.Options.Limits.UnauthenticatedBytes;
        Protocol = protocol;
    }

    /// <inheritdoc/>
    public string Protocol { get; }

    /// <summary>Gets the protocol version that CONNECT named.</summary>
    public MqttVersion Version => _version;

    private MqttTopics Topics => _topics ??= new MqttTopics(_session!.Principal.Id);

    /// <inheritdoc/>
    /// <remarks>The peer has a while to send CONNECT.</remarks>
    public void Start(Connection connection)
    {
        _connection = connection;
        connection.SetDeadline(connection.Lane.Now + (long)_context.Options.ConnectTimeout.TotalMilliseconds);
    }

    /// <inheritdoc/>
    public int OnReceived(ReadOnlySpan<byte> data, out int needed)
    {
        needed = 0;
        var rest = data;
        var packets = 0;
        if (_connection.Lane.IsStopping)
        {
            _connection.PauseReading();
            return 0;
        }

        try
        {
            while (!_held && _phase != MqttPhase.Closing)
            {
                var packet = rest;
                if (!MqttFrame.TryRead(ref rest, _maxPacket, out var frame))
                {
                    if (MqttFrame.TryReadHeader(rest, _maxPacket, out _, out var length))
                    {
                        needed = length;
                    }

                    break;
                }

                if (!Take(frame))
                {
                    rest = packet;
                    break;
                }

                packets++;
            }
        }
        catch (MqttProtocolException exception)
        {
            Refuse(exception.Reason, exception.Message);
            return data.Length;
        }

        if (packets > 0)
        {
            // Whole packets only: a peer that sends byte by byte is as silent as one that sends nothing.
            Volatile.Write(ref _lastPacket, _connection.Lane.Now);
            _session?.Touch();
        }

        _lane.Count(packets, data.Length - rest.Length);
        return data.Length - rest.Length;
    }

    /// <inheritdoc/>
    public long OnTimer(long now)
    {
        if (_phase != MqttPhase.Open)
        {
            Log.ConnectTimedOut(_context.Logger, Protocol);
            _connection.Close(CloseReason.ProtocolError);
            return 0;
        }

        // Held up by us: its packets may well be there, unread.
        var last = _held ? now : Volatile.Read(ref _lastPacket);
        var left = TimeLeft();
        if (left == 0)
        {
            CloseWith(CloseReason.TokenExpired);
            return 0;
        }

        if (now - last < _silence)
        {
            return Math.Min(last + _silence, now + left);
        }

        CloseWith(CloseReason.KeepAliveExpired);
        return 0;
    }

    /// <inheritdoc/>
    public void OnDrained() => _feed?.Offer();

    /// <inheritdoc/>
    public void OnStopping() => CloseWith(CloseReason.ServerShutdown);

    /// <inheritdoc/>
    public void OnFailed(Exception exception) => Log.Failed(_context.Logger, _session?.Principal.Id.ToString() ?? "(not authenticated)", exception);

    /// <inheritdoc/>
    public void OnClosed(CloseReason reason)
    {
        DeviceSession? session;
        lock (_gate)
        {
            _phase = MqttPhase.Closing;
            session = _session;
        }

        if (_provisioning is not null)
        {
            _context.Metrics.Disconnected(Protocol, reason);
            Log.ProvisioningDisconnected(_context.Logger, _provisioning.Device, Protocol, reason);
            return;
        }

        if (session is null)
        {
            return;
        }

        PublishWill(reason);
        _feed?.Stop();
        session.Close(reason);
        _context.Metrics.Disconnected(Protocol, reason);
        Log.Disconnected(_context.Logger, session.Principal.Id, Protocol, reason);
    }

    /// <inheritdoc/>
    public void ResumeTelemetry() => Resume();

    /// <inheritdoc/>
    void IDeviceLink.DesiredChanged(long version, ReadOnlyMemory<byte> patch)
    {
        var topic = PacketScratch.Topic.Add("$iothub/twin/PATCH/properties/desired/?$version="u8).Add(version);
        lock (_order)
        {
            PacketScratch.Publish(_connection, _version, topic.WrittenSpan, patch.Span);
        }
    }

    /// <inheritdoc/>
    bool IDeviceLink.TryInvoke(string requestId, string methodName, ReadOnlyMemory<byte> payload)
    {
        var topic = Encoding.UTF8.GetBytes(MqttTopics.MethodCall(methodName, requestId));
        lock (_order)
        {
            return PacketScratch.Publish(_connection, _version, topic, payload.Span);
        }
    }

    /// <inheritdoc/>
    void IDeviceLink.CloudToDeviceAvailable() => _feed?.Offer();

    /// <inheritdoc/>
    void IDeviceLink.Close(CloseReason reason) => CloseWith(reason);

    // Returns false if the packet cannot be taken now; the connection is then held and will be asked again.
    private bool Take(in MqttFrame frame)
    {
        if (_phase == MqttPhase.AwaitingConnect)
        {
            TakeConnect(frame);
            return true;
        }

        if (_provisioning is not null && frame.Type != MqttPacketType.Disconnect)
        {
            _provisioning.Take(frame);
            return true;
        }

        switch (frame.Type)
        {
            case MqttPacketType.Publish:
                return TakePublish(MqttPublish.Decode(frame, _version, MqttSender.Client));
            case MqttPacketType.PubAck:
                _feed?.Acknowledge(MqttAck.Decode(frame, _version).PacketId);
                return true;
            case MqttPacketType.Subscribe:
                Subscribe(MqttSubscribe.Decode(frame, _version));
                return true;
            case MqttPacketType.Unsubscribe:
                Unsubscribe(MqttUnsubscribe.Decode(frame, _version));
                return true;
            case MqttPacketType.PingReq:
                MqttPing.Decode(frame);
                _connection.Send(MqttPing.Response);
                return true;
            case MqttPacketType.Disconnect:
                TakeDisconnect(MqttDisconnect.Decode(frame, _version, MqttSender.Client));
                return true;
            default:
                throw new MqttProtocolException(MqttReason.ProtocolError, $"{frame.Type} is not expected from a client that is connected.");
        }
    }

    private bool TakePublish(in MqttPublish publish)
    {
        if (publish.Qos == MqttQos.ExactlyOnce)
        {
            throw new MqttProtocolException(MqttReason.QosNotSupported, "PUBLISH has QoS 2; 0 and 1 are permitted.");
        }

        if (publish.TopicAlias != 0)
        {
            throw new MqttProtocolException(MqttReason.TopicAliasInvalid, "PUBLISH has a topic alias; none was announced.");
        }

        var topic = Topics.ParsePublish(publish.Topic);
        if (topic.Kind == MqttTopicKind.Telemetry)
        {
            return TakeEvent(publish, topic.Bag);
        }

        if (topic.Kind is not (MqttTopicKind.TwinGet or MqttTopicKind.TwinReported or MqttTopicKind.MethodResponse))
        {
            throw new MqttProtocolException(MqttReason.TopicNameInvalid, $"PUBLISH to a topic of {publish.Topic.Length} bytes that is none of the hub's for this client.");
        }

        if (publish.Qos == MqttQos.AtLeastOnce)
        {
            _intake!.AcknowledgeInOrder(publish.PacketId);
        }

        if (topic.Kind == MqttTopicKind.MethodResponse)
        {
            var requestId = PercentEncoding.DecodeLeniently(Encoding.UTF8.GetString(topic.RequestId));
            _hub!.Methods.Complete(_session!, requestId, topic.Status, publish.Payload);
            return true;
        }

        _requests ??= new TwinRequests(_context, _connection, _hub!, _session!, _version);
        _requests.Add(topic.Kind == MqttTopicKind.TwinGet, topic.RequestId, topic.Version, publish.Payload);
        return true;
    }

    private bool TakeEvent(in MqttPublish publish, ReadOnlySpan<byte> bag)
    {
        var outcome = Stage(publish, bag);
        if (outcome == AppendOutcome.Busy)
        {
            // Wait first, then try again: the batch that makes room may complete in between.
            Hold();
            _intake!.Lane.WaitForRoom(this);
            outcome = Stage(publish, bag);
            if (outcome == AppendOutcome.Staged)
            {
                ResumeTelemetry();
            }
        }

        switch (outcome)
        {
            case AppendOutcome.Staged:
                _unavailableSince = 0;
                return true;
            case AppendOutcome.Busy:
                return false;
            case AppendOutcome.TooLarge:
                throw new MqttProtocolException(MqttReason.PacketTooLarge, $"The event exceeds {TelemetryIngest.MaxEventBytes} bytes with its properties.");
            case AppendOutcome.Unavailable when StorageGraceIsOver():
                CloseWith(CloseReason.StorageUnavailable);
                return false;
            default:
                Hold();
                _intake!.Lane.WaitForAllowance(this);
                return false;
        }
    }

    private AppendOutcome Stage(in MqttPublish publish, ReadOnlySpan<byte> bag) => _intake!.TryTake(publish, bag, out var outcome)
        ? outcome
        : throw new MqttProtocolException(MqttReason.TopicNameInvalid, "The property bag in the topic is malformed: a bad escape, or not UTF-8.");

    private bool StorageGraceIsOver()
    {
        var now = _connection.Lane.Now;
        if (_unavailableSince == 0)
        {
            _unavailableSince = now;
        }

        return now - _unavailableSince >= (long)_context.Options.StorageGrace.TotalMilliseconds;
    }

    private void TakeDisconnect(MqttDisconnect disconnect)
    {
        if (disconnect.Reason != MqttReason.DisconnectWithWill)
        {
            _will = null;
        }

        if (disconnect.Properties.GetNumber(MqttPropertyId.SessionExpiryInterval) == 0)
        {
            // The client gives up its session: what it had asked for is forgotten.
            _session?.Disable(_session.Features);
        }

        _phase = MqttPhase.Closing;
        _connection.Close(CloseReason.ClosedByPeer);
    }

    private void PublishWill(CloseReason reason)
    {
        // An identity that is no longer valid has no last word.
        if (_will is null || reason is CloseReason.Deleted or CloseReason.Disabled or CloseReason.Revoked)
        {
            return;
        }

        var bag = Topics.ParsePublish(Encoding.UTF8.GetBytes(_will.Topic)).Bag;
        var outcome = _intake!.TakeWill(_will, bag);
        if (outcome != AppendOutcome.Staged)
        {
            Log.WillLost(_context.Logger, _session!.Principal.Id, outcome);
        }
    }

    private void Refuse(MqttReason reason, string message)
    {
        Log.ProtocolError(_context.Logger, _session?.Principal.Id.ToString() ?? "(not authenticated)", Protocol, message);
        if (_phase == MqttPhase.Open)
        {
            Goodbye(reason);
        }

        _phase = MqttPhase.Closing;
        _connection.CloseGently(CloseReason.ProtocolError);
    }

    private void CloseWith(CloseReason reason)
    {
        if (_phase == MqttPhase.Open)
        {
            Goodbye(reason switch
            {
                CloseReason.KeepAliveExpired => MqttReason.KeepAliveTimeout,
                CloseReason.TakenOver => MqttReason.SessionTakenOver,
                CloseReason.ServerShutdown => MqttReason.ServerShuttingDown,
                CloseReason.StorageUnavailable => MqttReason.ServerBusy,
                CloseReason.Standby => MqttReason.UseAnotherServer,
                CloseReason.TokenExpired or CloseReason.Disabled or CloseReason.Deleted or CloseReason.Revoked => MqttReason.NotAuthorized,
                _ => MqttReason.UnspecifiedError,
            });
        }

        // MQTT 3.1.1 has no word for it: Azure just closes (wire facts 4.1.9). Acknowledgements that are on their way still go out.
        if (_version == MqttVersion.V5 || reason == CloseReason.ServerShutdown)
        {
            _connection.CloseGently(reason);
        }
        else
        {
            _connection.Close(reason);
        }
    }

    private void Goodbye(MqttReason reason)
    {
        if (_version == MqttVersion.V5)
        {
            var packet = PacketScratch.Packet;
            var allowed = MqttReasons.IsAllowed(reason, MqttPacketType.Disconnect) ? reason : MqttReason.ProtocolError;
            new MqttDisconnect { Reason = allowed }.Encode(packet, _version, MqttSender.Server);
            _connection.Send(packet.WrittenSpan);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Protocol}: no CONNECT in time.")]
        public static partial void ConnectTimedOut(ILogger logger, string protocol);

        [LoggerMessage(2, LogLevel.Debug, "{Id} over {Protocol} broke the protocol: {Problem}")]
        public static partial void ProtocolError(ILogger logger, string id, string protocol, string problem);

        [LoggerMessage(3, LogLevel.Debug, "CONNECT over {Protocol} refused with {Reason}: {Problem}")]
        public static partial void Refused(ILogger logger, string protocol, MqttReason reason, string problem);

        [LoggerMessage(4, LogLevel.Debug, "{Id} connected over {Protocol}, version {Version}.")]
        public static partial void Connected(ILogger logger, IdentityId id, string protocol, MqttVersion version);

        [LoggerMessage(8, LogLevel.Debug, "{Device} connected to device provisioning over {Protocol}.")]
        public static partial void ProvisioningConnected(ILogger logger, ProvisioningPrincipal device, string protocol);

        [LoggerMessage(9, LogLevel.Debug, "{Device} disconnected from device provisioning over {Protocol}: {Reason}.")]
        public static partial void ProvisioningDisconnected(ILogger logger, ProvisioningPrincipal device, string protocol, CloseReason reason);

        [LoggerMessage(5, LogLevel.Debug, "{Id} disconnected from {Protocol}: {Reason}.")]
        public static partial void Disconnected(ILogger logger, IdentityId id, string protocol, CloseReason reason);

        [LoggerMessage(7, LogLevel.Error, "The connection of {Id} failed.")]
        public static partial void Failed(ILogger logger, string id, Exception exception);

        [LoggerMessage(6, LogLevel.Warning, "The will of {Id} was not stored: {Outcome}.")]
        public static partial void WillLost(ILogger logger, IdentityId id, AppendOutcome outcome);
    }
}
