namespace Nave.Client;

/// <summary>What a device client's connection is doing.</summary>
public enum DeviceConnectionState
{
    /// <summary>There is none; the client may be waiting for its next attempt.</summary>
    Disconnected,

    /// <summary>It is being opened.</summary>
    Connecting,

    /// <summary>It is open.</summary>
    Connected,

    /// <summary>The client was disposed of.</summary>
    Closed,
}
