namespace Nave.Mqtt;

/// <summary>Who sent a packet: a few rules differ by direction.</summary>
public enum MqttSender : byte
{
    /// <summary>The packet goes from a client to a server.</summary>
    Client,

    /// <summary>The packet goes from a server to a client.</summary>
    Server,
}
