namespace Nave.Mqtt;

/// <summary>Control packet types, MQTT 5.0 §2.1.2. The value 0 is reserved.</summary>
public enum MqttPacketType : byte
{
    /// <summary>Client: asks for a connection.</summary>
    Connect = 1,

    /// <summary>Server: answers CONNECT.</summary>
    ConnAck = 2,

    /// <summary>Either: carries a message.</summary>
    Publish = 3,

    /// <summary>Either: acknowledges a QoS 1 message.</summary>
    PubAck = 4,

    /// <summary>Either: first answer to a QoS 2 message.</summary>
    PubRec = 5,

    /// <summary>Either: second step of a QoS 2 message.</summary>
    PubRel = 6,

    /// <summary>Either: last step of a QoS 2 message.</summary>
    PubComp = 7,

    /// <summary>Client: asks for subscriptions.</summary>
    Subscribe = 8,

    /// <summary>Server: answers SUBSCRIBE.</summary>
    SubAck = 9,

    /// <summary>Client: ends subscriptions.</summary>
    Unsubscribe = 10,

    /// <summary>Server: answers UNSUBSCRIBE.</summary>
    UnsubAck = 11,

    /// <summary>Client: keeps the connection alive.</summary>
    PingReq = 12,

    /// <summary>Server: answers PINGREQ.</summary>
    PingResp = 13,

    /// <summary>Either (3.1.1: client only): ends the connection.</summary>
    Disconnect = 14,

    /// <summary>Either, MQTT 5 only: a step of an extended authentication.</summary>
    Auth = 15,
}
