namespace Nave.Client;

/// <summary>The annotations by which an event tells its place and its sender. Source: wire facts 8.3.1.</summary>
internal static class EventAnnotations
{
    public static ReadOnlySpan<byte> SequenceNumber => "x-opt-sequence-number"u8;

    public static ReadOnlySpan<byte> Offset => "x-opt-offset"u8;

    public static ReadOnlySpan<byte> EnqueuedTime => "x-opt-enqueued-time"u8;

    public static ReadOnlySpan<byte> DeviceId => "iothub-connection-device-id"u8;

    public static ReadOnlySpan<byte> ModuleId => "iothub-connection-module-id"u8;

    public static ReadOnlySpan<byte> AuthMethod => "iothub-connection-auth-method"u8;

    public static ReadOnlySpan<byte> GenerationId => "iothub-connection-auth-generation-id"u8;

    public static ReadOnlySpan<byte> Source => "iothub-message-source"u8;
}
