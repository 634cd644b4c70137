namespace Nave.Mqtt;

/// <summary>Reason codes, MQTT 5.0 §2.4. From 0x80 on they are failures.</summary>
public enum MqttReason : byte
{
    /// <summary>Success, normal disconnection, or QoS 0 granted.</summary>
    Success = 0x00,

    /// <summary>SUBACK: at most QoS 1 granted.</summary>
    GrantedQos1 = 0x01,

    /// <summary>SUBACK: at most QoS 2 granted.</summary>
    GrantedQos2 = 0x02,

    /// <summary>DISCONNECT: the client leaves and wants its will published.</summary>
    DisconnectWithWill = 0x04,

    /// <summary>PUBACK, PUBREC: accepted, nobody is subscribed.</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>UNSUBACK: nothing to end.</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>AUTH: another step is needed.</summary>
    ContinueAuthentication = 0x18,

    /// <summary>AUTH: the client starts a re-authentication.</summary>
    Reauthenticate = 0x19,

    /// <summary>An error that has no code of its own; in 3.1.1 the failure code of SUBACK.</summary>
    UnspecifiedError = 0x80,

    /// <summary>The packet cannot be parsed.</summary>
    MalformedPacket = 0x81,

    /// <summary>The packet is well-formed but not allowed, or not allowed now.</summary>
    ProtocolError = 0x82,

    /// <summary>Valid, but refused by this implementation.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>CONNACK: the server does not support the protocol level.</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>CONNACK: the client identifier is well-formed but not allowed.</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>CONNACK: user name or password refused.</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>Not allowed to this client.</summary>
    NotAuthorized = 0x87,

    /// <summary>CONNACK: the server is not available.</summary>
    ServerUnavailable = 0x88,

    /// <summary>The server is busy, try again later.</summary>
    ServerBusy = 0x89,

    /// <summary>CONNACK: the client was banned by an administrator.</summary>
    Banned = 0x8A,

    /// <summary>DISCONNECT: the server stops.</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>The authentication method is not supported or not the one in use.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>DISCONNECT: nothing came for 1.5 times the keep-alive.</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>DISCONNECT: a newer connection has the same client identifier.</summary>
    SessionTakenOver = 0x8E,

    /// <summary>The topic filter is well-formed but not accepted.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>The topic name is well-formed but not accepted.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>The packet identifier is in use.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>PUBREL, PUBCOMP: the packet identifier is not known.</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>DISCONNECT: more messages in flight than announced.</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>DISCONNECT: the topic alias is 0 or over the announced maximum.</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>The packet is larger than announced.</summary>
    PacketTooLarge = 0x95,

    /// <summary>DISCONNECT: too many messages.</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>A limit of the implementation or of the administrator is exceeded.</summary>
    QuotaExceeded = 0x97,

    /// <summary>DISCONNECT: closed by an administrator.</summary>
    AdministrativeAction = 0x98,

    /// <summary>The payload does not match its format indicator.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>The server keeps no retained messages.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>The quality of service is higher than the server offers.</summary>
    QosNotSupported = 0x9B,

    /// <summary>The client should use another server for now.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>The client should use another server for ever.</summary>
    ServerMoved = 0x9D,

    /// <summary>The server has no shared subscriptions.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>Too many connections in a short time.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>DISCONNECT: the time allowed for this connection is over.</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>The server has no subscription identifiers.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>The server has no wildcard subscriptions.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
