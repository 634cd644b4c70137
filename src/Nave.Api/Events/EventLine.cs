namespace Nave.Api;

/// <summary>One event as <c>nave monitor</c> prints it and the event stream over HTTPS carries it.</summary>
public sealed record EventLine
{
    /// <summary>Gets the partition.</summary>
    public required int Partition { get; init; }

    /// <summary>Gets its place in the partition, from 0.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>Gets its offset in the partition, opaque.</summary>
    public required string Offset { get; init; }

    /// <summary>Gets when the hub took it.</summary>
    public required DateTimeOffset EnqueuedTime { get; init; }

    /// <summary>Gets whom it is from or about.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets the module, or <see langword="null"/>.</summary>
    public string? ModuleId { get; init; }

    /// <summary>Gets what made it: <c>Telemetry</c>, <c>twinChangeEvents</c>, …; a system property in JSON.</summary>
    public string? Source { get; init; }

    /// <summary>Gets how the sender was authenticated (JSON text); a system property in JSON.</summary>
    public string? AuthMethod { get; init; }

    /// <summary>Gets which life of the device id sent it; a system property in JSON.</summary>
    public string? GenerationId { get; init; }

    /// <summary>Gets the system and application properties.</summary>
    public EventProperties Properties { get; init; } = EventProperties.Empty;

    /// <summary>Gets the body, verbatim; when it was read from JSON, it is the JSON text, the UTF-8 of the text or the bytes of base64.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
