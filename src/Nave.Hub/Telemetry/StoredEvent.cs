using Nave.Api;

namespace Nave.Hub.Telemetry;

/// <summary>An event as it was read from the log.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="SequenceNumber">Its place in the partition, from 0.</param>
/// <param name="Offset">Its offset in the partition, opaque.</param>
/// <param name="Enqueued">When the hub took it, to the millisecond.</param>
/// <param name="Source">What made it, as <c>iothub-message-source</c> names it: <c>Telemetry</c>, <c>twinChangeEvents</c>, …</param>
/// <param name="Device">Whom it is from or about.</param>
/// <param name="GenerationId">Which life of that id.</param>
/// <param name="AuthMethod">How the sender was authenticated (JSON), or empty.</param>
/// <param name="Properties">System and application properties.</param>
/// <param name="Body">The body, verbatim.</param>
public sealed record StoredEvent(
    int Partition,
    long SequenceNumber,
    long Offset,
    DateTimeOffset Enqueued,
    string Source,
    IdentityId Device,
    string GenerationId,
    string AuthMethod,
    EventProperties Properties,
    ReadOnlyMemory<byte> Body);
