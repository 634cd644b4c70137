namespace Nave.Mqtt;

/// <summary>How a property's value is written, MQTT 5.0 §2.2.2.2.</summary>
internal enum MqttPropertyType : byte
{
    None,
    Byte,
    UInt16,
    UInt32,
    VarInt,
    Binary,
    Text,
    Pair,
}
