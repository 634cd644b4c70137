namespace Nave.Hub.Connections;

/// <summary>A part of the hub that follows connections. Calls come from any thread and must neither block nor throw.</summary>
internal interface ISessionObserver
{
    /// <summary>A session has begun; an older one of the same identity has been told to close before.</summary>
    void Opened(DeviceSession session);

    /// <summary>A session wants to receive more; <paramref name="added"/> holds only what it did not want before.</summary>
    void Enabled(DeviceSession session, DeviceFeatures added);

    /// <summary>A session has ended. Called once a session.</summary>
    void Closed(DeviceSession session, CloseReason reason);
}
