namespace Nave.Hub.Telemetry;

/// <summary>What an event of the hub itself tells: its <c>opType</c>.</summary>
internal enum HubEventKind
{
    /// <summary>Part of a twin changed.</summary>
    TwinUpdated,

    /// <summary>Tags and desired properties were replaced.</summary>
    TwinReplaced,

    /// <summary>An identity was created.</summary>
    IdentityCreated,

    /// <summary>An identity was deleted.</summary>
    IdentityDeleted,

    /// <summary>A device connected.</summary>
    Connected,

    /// <summary>A device disconnected.</summary>
    Disconnected,
}
