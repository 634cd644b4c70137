namespace Nave.Mqtt;

/// <summary>Whose properties they are: a packet type and, where the rules differ, its sender; or a will.</summary>
internal enum MqttPropertySet : byte
{
    Will = 0,
    Connect = MqttPacketType.Connect,
    ConnAck = MqttPacketType.ConnAck,
    PublishFromServer = MqttPacketType.Publish,
    PubAck = MqttPacketType.PubAck,
    PubRec = MqttPacketType.PubRec,
    PubRel = MqttPacketType.PubRel,
    PubComp = MqttPacketType.PubComp,
    Subscribe = MqttPacketType.Subscribe,
    SubAck = MqttPacketType.SubAck,
    Unsubscribe = MqttPacketType.Unsubscribe,
    UnsubAck = MqttPacketType.UnsubAck,
    DisconnectFromClient = MqttPacketType.Disconnect,
    Auth = MqttPacketType.Auth,
    PublishFromClient = 16,
    DisconnectFromServer = 17,
}
