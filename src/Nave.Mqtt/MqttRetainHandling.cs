namespace Nave.Mqtt;

/// <summary>What a new subscription gets of the retained messages, MQTT 5.0 §3.8.3.1.</summary>
public enum MqttRetainHandling : byte
{
    /// <summary>Retained messages are sent at each SUBSCRIBE.</summary>
    Send,

    /// <summary>Retained messages are sent only if the subscription did not exist.</summary>
    SendIfNew,

    /// <summary>Retained messages are not sent.</summary>
    DoNotSend,
}
