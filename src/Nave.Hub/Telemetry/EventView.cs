using Nave.Api;

namespace Nave.Hub.Telemetry;

/// <summary>An event as it lies in the log's memory: for heads that encode it once and keep nothing. Valid until its batch is disposed.</summary>
public readonly ref struct EventView
{
    /// <summary>Gets its place in the partition, from 0.</summary>
    public long SequenceNumber { get; internal init; }

    /// <summary>Gets its offset in the partition, opaque.</summary>
    public long Offset { get; internal init; }

    /// <summary>Gets when the hub took it, to the millisecond.</summary>
    public DateTimeOffset Enqueued { get; internal init; }

    /// <summary>Gets whom it is from or about: the same object for many events of one sender.</summary>
    public EventOrigin Origin { get; internal init; }

    /// <summary>Gets its properties, as <see cref="EventPropertiesWriter"/> encodes them.</summary>
    public ReadOnlySpan<byte> Properties { get; internal init; }

    /// <summary>Gets its body, verbatim.</summary>
    public ReadOnlySpan<byte> Body { get; internal init; }
}
