namespace Nave.Client;

/// <summary>Why a device client could not do what it was asked.</summary>
public enum DeviceClientError
{
    /// <summary>The hub could not be reached, or the connection ended before it was open.</summary>
    NotConnected,

    /// <summary>The hub refused the connection: bad or expired credential, unknown or disabled device.</summary>
    Refused,

    /// <summary>More messages or bytes wait than the options permit.</summary>
    QueueFull,

    /// <summary>There was no acknowledgement or answer in time. A message may have been stored nevertheless.</summary>
    TimedOut,

    /// <summary>The message is larger than a hub takes.</summary>
    TooLarge,

    /// <summary>The client was disposed of.</summary>
    Disposed,
}
