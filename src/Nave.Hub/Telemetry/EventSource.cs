namespace Nave.Hub.Telemetry;

/// <summary>What made an event. The numbers are stored (docs/formats/events.md): never change one.</summary>
internal enum EventSource : byte
{
    /// <summary>Not a source.</summary>
    None = 0,

    /// <summary>A device or module sent it.</summary>
    Telemetry = 1,

    /// <summary>A twin changed.</summary>
    TwinChange = 2,

    /// <summary>An identity was created or deleted.</summary>
    DeviceLifecycle = 3,

    /// <summary>A device connected or disconnected.</summary>
    ConnectionState = 4,
}
