namespace Nave.Hub.Connections;

/// <summary>Why the hub or the peer ended a connection.</summary>
public enum CloseReason
{
    /// <summary>The peer said goodbye.</summary>
    ClosedByPeer,

    /// <summary>The connection broke without a goodbye.</summary>
    ConnectionLost,

    /// <summary>Nothing was heard within 1.5 times the keep-alive.</summary>
    KeepAliveExpired,

    /// <summary>A newer connection of the same identity took over.</summary>
    TakenOver,

    /// <summary>The token ended.</summary>
    TokenExpired,

    /// <summary>The identity was disabled.</summary>
    Disabled,

    /// <summary>The identity was deleted.</summary>
    Deleted,

    /// <summary>The identity's keys changed, or the policy it used.</summary>
    Revoked,

    /// <summary>The peer broke the protocol or a limit.</summary>
    ProtocolError,

    /// <summary>The hub cannot store events.</summary>
    StorageUnavailable,

    /// <summary>The hub is stopping.</summary>
    ServerShutdown,

    /// <summary>The hub stands by now: another one has the devices.</summary>
    Standby,
}
