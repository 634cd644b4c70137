namespace Nave.Hub.Telemetry;

/// <summary>Which events besides telemetry a hub puts on its event stream.</summary>
[Flags]
public enum HubEventSources
{
    /// <summary>Telemetry only: what Azure does until a route asks for more.</summary>
    None = 0,

    /// <summary>Changes of twins (<c>twinChangeEvents</c>).</summary>
    TwinChanges = 1,

    /// <summary>Created and deleted identities (<c>deviceLifecycleEvents</c>).</summary>
    DeviceLifecycle = 2,

    /// <summary>Connects and disconnects (<c>deviceConnectionStateEvents</c>).</summary>
    ConnectionState = 4,

    /// <summary>All of them: the default, as Nave has no throttled quota to protect and the Python SDK's tests expect twin events.</summary>
    All = TwinChanges | DeviceLifecycle | ConnectionState,
}
