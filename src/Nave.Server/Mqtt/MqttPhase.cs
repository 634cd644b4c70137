namespace Nave.Server.Mqtt;

/// <summary>How far a connection is.</summary>
internal enum MqttPhase : byte
{
    /// <summary>Nothing but CONNECT is permitted.</summary>
    AwaitingConnect,

    /// <summary>CONNECT is being judged; nothing is read.</summary>
    Authenticating,

    /// <summary>CONNACK was sent.</summary>
    Open,

    /// <summary>It ends; what still arrives has no effect.</summary>
    Closing,
}
