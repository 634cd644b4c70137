namespace Nave.Mqtt;

/// <summary>Which packet may carry which reason code, and what they are in 3.1.1.</summary>
public static class MqttReasons
{
    private static readonly ushort[] s_packets = BuildPackets();

    /// <summary>Whether a reason code says failure (0x80 and more).</summary>
    public static bool IsFailure(this MqttReason reason) => (byte)reason >= 0x80;

    /// <summary>Whether MQTT 5.0 lets <paramref name="packet"/> carry <paramref name="reason"/>.</summary>
    public static bool IsAllowed(MqttReason reason, MqttPacketType packet) =>
        (byte)reason < s_packets.Length && (s_packets[(byte)reason] & (1 << (int)packet)) != 0;

    /// <summary>Turns a reason into the CONNACK return code of 3.1.1.</summary>
    /// <returns><see langword="false"/> if 3.1.1 has no code for it: close the connection without a CONNACK.</returns>
    // MQTT 3.1.1 §3.2.2.3: if none of the return codes applies, the server closes without a CONNACK.
    public static bool TryToReturnCode(MqttReason reason, out MqttConnectReturnCode code)
    {
        MqttConnectReturnCode? found = reason switch
        {
            MqttReason.Success => MqttConnectReturnCode.Accepted,
            MqttReason.UnsupportedProtocolVersion => MqttConnectReturnCode.UnacceptableProtocolVersion,
            MqttReason.ClientIdentifierNotValid => MqttConnectReturnCode.IdentifierRejected,
            MqttReason.ServerUnavailable or MqttReason.ServerBusy or MqttReason.QuotaExceeded or MqttReason.UseAnotherServer
                or MqttReason.ServerMoved or MqttReason.ConnectionRateExceeded => MqttConnectReturnCode.ServerUnavailable,
            MqttReason.BadUserNameOrPassword => MqttConnectReturnCode.BadUserNameOrPassword,
            MqttReason.NotAuthorized or MqttReason.Banned or MqttReason.BadAuthenticationMethod => MqttConnectReturnCode.NotAuthorized,
            _ => null,
        };
        code = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>Turns a CONNACK return code of 3.1.1 into the reason that means the same.</summary>
    internal static MqttReason FromReturnCode(byte code) => (MqttConnectReturnCode)code switch
    {
        MqttConnectReturnCode.Accepted => MqttReason.Success,
        MqttConnectReturnCode.UnacceptableProtocolVersion => MqttReason.UnsupportedProtocolVersion,
        MqttConnectReturnCode.IdentifierRejected => MqttReason.ClientIdentifierNotValid,
        MqttConnectReturnCode.ServerUnavailable => MqttReason.ServerUnavailable,
        MqttConnectReturnCode.BadUserNameOrPassword => MqttReason.BadUserNameOrPassword,
        MqttConnectReturnCode.NotAuthorized => MqttReason.NotAuthorized,
        _ => throw MqttError.Malformed($"CONNACK return code is {code}; 0 to 5 are defined."),
    };

    internal static MqttReason Require(byte value, MqttPacketType packet)
    {
        var reason = (MqttReason)value;
        return IsAllowed(reason, packet)
            ? reason
            : throw MqttError.Protocol($"{MqttError.Name(packet)} carries reason code 0x{value:X2}, which MQTT 5.0 §2.4 does not list for it.");
    }

    // MQTT 5.0 §2.4, table 2-6.
    private static ushort[] BuildPackets()
    {
        const int ConnAck = 1 << (int)MqttPacketType.ConnAck;
        const int Pub = (1 << (int)MqttPacketType.PubAck) | (1 << (int)MqttPacketType.PubRec);
        const int Rel = (1 << (int)MqttPacketType.PubRel) | (1 << (int)MqttPacketType.PubComp);
        const int SubAck = 1 << (int)MqttPacketType.SubAck;
        const int UnsubAck = 1 << (int)MqttPacketType.UnsubAck;
        const int Disconnect = 1 << (int)MqttPacketType.Disconnect;
        const int Auth = 1 << (int)MqttPacketType.Auth;

        var packets = new ushort[(int)MqttReason.WildcardSubscriptionsNotSupported + 1];
        Set(ConnAck | Pub | Rel | SubAck | UnsubAck | Disconnect | Auth, MqttReason.Success);
        Set(SubAck, MqttReason.GrantedQos1, MqttReason.GrantedQos2);
        Set(Disconnect, MqttReason.DisconnectWithWill);
        Set(Pub, MqttReason.NoMatchingSubscribers);
        Set(UnsubAck, MqttReason.NoSubscriptionExisted);
        Set(Auth, MqttReason.ContinueAuthentication, MqttReason.Reauthenticate);
        Set(
            ConnAck | Pub | SubAck | UnsubAck | Disconnect,
            MqttReason.UnspecifiedError,
            MqttReason.ImplementationSpecificError,
            MqttReason.NotAuthorized);
        Set(
            ConnAck | Disconnect,
            MqttReason.MalformedPacket,
            MqttReason.ProtocolError,
            MqttReason.ServerBusy,
            MqttReason.BadAuthenticationMethod,
            MqttReason.PacketTooLarge,
            MqttReason.RetainNotSupported,
            MqttReason.QosNotSupported,
            MqttReason.UseAnotherServer,
            MqttReason.ServerMoved,
            MqttReason.ConnectionRateExceeded);
        Set(
            ConnAck,
            MqttReason.UnsupportedProtocolVersion,
            MqttReason.ClientIdentifierNotValid,
            MqttReason.BadUserNameOrPassword,
            MqttReason.ServerUnavailable,
            MqttReason.Banned);
        Set(
            Disconnect,
            MqttReason.ServerShuttingDown,
            MqttReason.KeepAliveTimeout,
            MqttReason.SessionTakenOver,
            MqttReason.ReceiveMaximumExceeded,
            MqttReason.TopicAliasInvalid,
            MqttReason.MessageRateTooHigh,
            MqttReason.AdministrativeAction,
            MqttReason.MaximumConnectTime);
        Set(SubAck | UnsubAck | Disconnect, MqttReason.TopicFilterInvalid);
        Set(ConnAck | Pub | Disconnect, MqttReason.TopicNameInvalid, MqttReason.PayloadFormatInvalid);
        Set(Pub | SubAck | UnsubAck, MqttReason.PacketIdentifierInUse);
        Set(Rel, MqttReason.PacketIdentifierNotFound);
        Set(ConnAck | Pub | SubAck | Disconnect, MqttReason.QuotaExceeded);
        Set(
            SubAck | Disconnect,
            MqttReason.SharedSubscriptionsNotSupported,
            MqttReason.SubscriptionIdentifiersNotSupported,
            MqttReason.WildcardSubscriptionsNotSupported);
        return packets;

        void Set(int mask, params ReadOnlySpan<MqttReason> reasons)
        {
            foreach (var reason in reasons)
            {
                packets[(byte)reason] = (ushort)mask;
            }
        }
    }
}
