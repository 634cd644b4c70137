namespace Nave.Mqtt;

/// <summary>Property identifiers, MQTT 5.0 §2.2.2.2.</summary>
public enum MqttPropertyId : byte
{
    /// <summary>0 bytes, 1 UTF-8 (number).</summary>
    PayloadFormatIndicator = 0x01,

    /// <summary>Seconds (number).</summary>
    MessageExpiryInterval = 0x02,

    /// <summary>Content type of the payload (string).</summary>
    ContentType = 0x03,

    /// <summary>Topic name for an answer (string).</summary>
    ResponseTopic = 0x08,

    /// <summary>Opaque to all but the requester (binary).</summary>
    CorrelationData = 0x09,

    /// <summary>1 to 268,435,455 (number); several in a PUBLISH.</summary>
    SubscriptionIdentifier = 0x0B,

    /// <summary>Seconds, 0xFFFFFFFF never (number).</summary>
    SessionExpiryInterval = 0x11,

    /// <summary>The client identifier that the server chose (string).</summary>
    AssignedClientIdentifier = 0x12,

    /// <summary>Seconds, replaces the client's (number).</summary>
    ServerKeepAlive = 0x13,

    /// <summary>Name of the extended authentication (string).</summary>
    AuthenticationMethod = 0x15,

    /// <summary>Needs a method beside it (binary).</summary>
    AuthenticationData = 0x16,

    /// <summary>0 or 1 (number).</summary>
    RequestProblemInformation = 0x17,

    /// <summary>Seconds (number).</summary>
    WillDelayInterval = 0x18,

    /// <summary>0 or 1 (number).</summary>
    RequestResponseInformation = 0x19,

    /// <summary>Basis of response topics (string).</summary>
    ResponseInformation = 0x1A,

    /// <summary>Another server to use (string).</summary>
    ServerReference = 0x1C,

    /// <summary>For diagnosis (string).</summary>
    ReasonString = 0x1F,

    /// <summary>1 to 65,535 QoS 1 and 2 messages in flight (number).</summary>
    ReceiveMaximum = 0x21,

    /// <summary>0 to 65,535 (number).</summary>
    TopicAliasMaximum = 0x22,

    /// <summary>1 to the announced maximum (number).</summary>
    TopicAlias = 0x23,

    /// <summary>0 or 1 (number).</summary>
    MaximumQos = 0x24,

    /// <summary>0 or 1 (number).</summary>
    RetainAvailable = 0x25,

    /// <summary>A name and a value, may repeat (pair of strings).</summary>
    UserProperty = 0x26,

    /// <summary>Bytes, from 1 (number).</summary>
    MaximumPacketSize = 0x27,

    /// <summary>0 or 1 (number).</summary>
    WildcardSubscriptionAvailable = 0x28,

    /// <summary>0 or 1 (number).</summary>
    SubscriptionIdentifierAvailable = 0x29,

    /// <summary>0 or 1 (number).</summary>
    SharedSubscriptionAvailable = 0x2A,
}
