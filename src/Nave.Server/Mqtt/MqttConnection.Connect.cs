using System.Text;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Connections;
using Nave.Hub.Security;
using Nave.Mqtt;

namespace Nave.Server.Mqtt;

// CONNECT to CONNACK.
internal sealed partial class MqttConnection
{
    /// <summary>Ends a login that failed. Called from the thread pool.</summary>
    internal void LoginRefused(HubError error)
    {
        // Wire facts 4.1.7: 5 for whatever is wrong with the identity or its credential, 3 when the hub is busy.
        var reason = error.HttpStatus switch
        {
            429 => MqttReason.ConnectionRateExceeded,
            >= 500 => MqttReason.ServerUnavailable,
            _ when error.Code is HubErrorCode.IotHubQuotaExceeded or HubErrorCode.IotHubSuspended => MqttReason.QuotaExceeded,
            _ => MqttReason.NotAuthorized,
        };
        RefuseConnect(reason, _version, error.Message);
    }

    /// <summary>Ends a login that succeeded. Called from the thread pool.</summary>
    internal void LoginAccepted(LoginAttempt login, DeviceSession session)
    {
        lock (_gate)
        {
            if (_phase == MqttPhase.Closing)
            {
                session.Close(CloseReason.ConnectionLost);
                return;
            }

            _hub = login.Hub;
            _session = session;
            var model = login.UserName.ModelId is { } modelId ? Encoding.UTF8.GetBytes(modelId) : null;
            _intake = new TelemetryIntake(_connection, session.Principal, _lane.Into(login.Hub), model);
            _will = login.Connect.Will;
            _maxPacket = _context.Options.MaxPacketBytes;
            _maxOutgoing = (int)Math.Min(login.Connect.Properties.GetNumber(MqttPropertyId.MaximumPacketSize) ?? int.MaxValue, int.MaxValue);
            _receiveMaximum = (ushort)(login.Connect.Properties.GetNumber(MqttPropertyId.ReceiveMaximum) ?? ushort.MaxValue);
            _silence = SilenceOf(login.Connect);
            _phase = MqttPhase.Open;
        }

        _connection.IsTrusted = true;
        var now = _connection.Lane.Now;
        Volatile.Write(ref _lastPacket, now);
        _connection.SetDeadline(now + _silence);
        _context.Metrics.Connected(Protocol);
        Log.Connected(_context.Logger, session.Principal.Id, Protocol, _version);

        // Nothing may be sent before CONNACK, so what the device had asked for is enabled only then.
        var restored = login.Connect.CleanStart ? DeviceFeatures.None : session.Restored;
        Enable(restored, MqttQos.AtLeastOnce, EncodeConnAck(login.Connect, restored != DeviceFeatures.None, IsPersistent(login.Connect)));
        Resume();
    }

    private void TakeConnect(in MqttFrame frame)
    {
        if (frame.Type != MqttPacketType.Connect)
        {
            throw new MqttProtocolException(MqttReason.ProtocolError, $"The first packet is {frame.Type}; it must be CONNECT.");
        }

        MqttConnect connect;
        try
        {
            connect = MqttConnect.Decode(frame);
        }
        catch (MqttProtocolException exception)
        {
            RefuseConnect(exception.Reason, MqttConnect.AnswerVersion(frame), exception.Message);
            return;
        }

        _version = connect.Version;
        if (TryProvision(connect))
        {
            return;
        }

        if (!TryJudge(connect, out var userName, out var hub, out var reason, out var problem))
        {
            RefuseConnect(reason, _version, problem);
            return;
        }

        _phase = MqttPhase.Authenticating;
        Hold();
        new LoginAttempt(this, _context, hub, userName, connect, CredentialOf(connect)).Start();
    }

    private DeviceCredential CredentialOf(MqttConnect connect)
    {
        var token = connect.Password is { Length: > 0 } password ? Encoding.UTF8.GetString(password.Span) : null;
        var leaf = _certificates is { Count: > 0 } ? _certificates[0] : null;
        return new DeviceCredential(token, leaf, _certificates);
    }

    private long SilenceOf(MqttConnect connect) =>
        (long)new MqttKeepAlive(connect.KeepAliveSeconds, _context.Options.MaxSilence).Timeout!.Value.TotalMilliseconds;

    private bool TryJudge(
        MqttConnect connect,
        out MqttUserName userName,
        out IotHub hub,
        out MqttReason reason,
        out string problem)
    {
        userName = null!; // Only read when the result is true.
        hub = null!;
        problem = string.Empty;
        reason = MqttReason.BadUserNameOrPassword;
        if (!MqttUserName.TryParse(connect.UserName, connect.ClientId, out var parsed))
        {
            problem = "The user name must be {host}/{clientId}/?api-version=…, with the client id of this CONNECT.";
            return false;
        }

        userName = parsed;
        reason = MqttReason.UnsupportedProtocolVersion;
        if (parsed.ApiVersion is not null && !MqttUserName.IsApiVersion(parsed.ApiVersion))
        {
            problem = "The api-version must be a date such as 2021-04-12.";
            return false;
        }

        reason = MqttReason.BadAuthenticationMethod;
        if (!connect.Properties.IsEmpty && connect.Properties.GetString(MqttPropertyId.AuthenticationMethod) is not null)
        {
            problem = "Extended authentication is not supported; use a token or a certificate.";
            return false;
        }

        reason = MqttReason.NotAuthorized;
        if (!_context.Hubs.TryFind(parsed.HostName, out var found))
        {
            problem = "The host in the user name is none of the hubs here.";
            return false;
        }

        hub = found;
        if (connect.Will is { } will
            && (will.Qos == MqttQos.ExactlyOnce
                || new MqttTopics(parsed.Id).ParsePublish(Encoding.UTF8.GetBytes(will.Topic)).Kind != MqttTopicKind.Telemetry))
        {
            problem = "The will must go to the client's own events, with QoS 0 or 1.";
            return false;
        }

        return true;
    }

    private void RefuseConnect(MqttReason reason, MqttVersion version, string problem)
    {
        Log.Refused(_context.Logger, Protocol, reason, problem);
        _context.Metrics.Refused(reason);
        _phase = MqttPhase.Closing;
        var answer = MqttReasons.IsAllowed(reason, MqttPacketType.ConnAck) ? reason : MqttReason.UnspecifiedError;
        if (version == MqttVersion.V5 || MqttReasons.TryToReturnCode(answer, out _))
        {
            var packet = PacketScratch.Packet;
            new MqttConnAck { Reason = answer }.Encode(packet, version);
            _connection.Send(packet.WrittenSpan);
        }

        _connection.CloseGently(CloseReason.ProtocolError);
    }

    private ReadOnlySpan<byte> EncodeConnAck(MqttConnect connect, bool sessionPresent, bool isPersistent)
    {
        var properties = default(MqttProperties);
        if (_version == MqttVersion.V5)
        {
            var builder = new MqttPropertiesBuilder()
                .AddNumber(MqttPropertyId.MaximumQos, 1)
                .AddNumber(MqttPropertyId.RetainAvailable, 0)
                .AddNumber(MqttPropertyId.MaximumPacketSize, (uint)_context.Options.MaxPacketBytes)
                .AddNumber(MqttPropertyId.SubscriptionIdentifierAvailable, 0)
                .AddNumber(MqttPropertyId.SharedSubscriptionAvailable, 0);
            if (isPersistent)
            {
                // Subscriptions outlive the connection until the device gives them up.
                builder.AddNumber(MqttPropertyId.SessionExpiryInterval, uint.MaxValue);
            }

            var granted = (uint)(_context.Options.MaxSilence.TotalSeconds / 1.5);
            if (connect.KeepAliveSeconds == 0 || connect.KeepAliveSeconds > granted)
            {
                builder.AddNumber(MqttPropertyId.ServerKeepAlive, Math.Min(granted, ushort.MaxValue));
            }

            properties = builder.Build();
        }

        var packet = PacketScratch.Packet;
        new MqttConnAck { SessionPresent = sessionPresent, Properties = properties }.Encode(packet, _version);
        return packet.WrittenSpan;
    }

    /// <summary>Whether what the client asks for outlives its connection.</summary>
    internal static bool IsPersistent(MqttConnect connect) => connect.Version == MqttVersion.V5
        ? connect.Properties.GetNumber(MqttPropertyId.SessionExpiryInterval) is > 0
        : !connect.CleanStart;
}
