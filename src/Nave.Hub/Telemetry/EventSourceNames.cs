namespace Nave.Hub.Telemetry;

/// <summary>The <c>iothub-message-source</c> of each <see cref="EventSource"/>, as Azure spells it.</summary>
internal static class EventSourceNames
{
    public const string Telemetry = "Telemetry";
    public const string TwinChange = "twinChangeEvents";
    public const string DeviceLifecycle = "deviceLifecycleEvents";
    public const string ConnectionState = "deviceConnectionStateEvents";

    /// <summary>Returns the name, or <see langword="null"/> for a number that this version does not know.</summary>
    public static string? Of(EventSource source) => source switch
    {
        EventSource.Telemetry => Telemetry,
        EventSource.TwinChange => TwinChange,
        EventSource.DeviceLifecycle => DeviceLifecycle,
        EventSource.ConnectionState => ConnectionState,
        _ => null,
    };
}
