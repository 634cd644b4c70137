using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>Takes device-to-cloud events into the log. The hot path: no allocation and no I/O in the call.</summary>
public sealed class TelemetryIngest
{
    /// <summary>The largest event, properties included: 256 KiB. Source: Azure IoT Hub quotas.</summary>
    public const int MaxEventBytes = 256 * 1024;

    // Head of a record: the largest header (three ids of 128 and a literal authentication method) and the usual properties.
    private const int ScratchBytes = 4096;

    [ThreadStatic]
    private static byte[]? s_scratch;

    private readonly IEventLog _log;
    private readonly ITelemetryThrottle? _throttle;
    private readonly int _partitions;

    /// <summary>Initializes a new instance of the <see cref="TelemetryIngest"/> class.</summary>
    /// <param name="log">Where events go.</param>
    /// <param name="throttle">The hub's limit, or <see langword="null"/> for none.</param>
    internal TelemetryIngest(IEventLog log, ITelemetryThrottle? throttle = null)
    {
        _log = log;
        _throttle = throttle;
        _partitions = log.PartitionCount;
    }

    /// <summary>Gets a value indicating whether the hub takes events: false while the disk is full or once it has failed.</summary>
    public bool Available => _log.Available;

    /// <summary>Opens a staging area for an I/O loop; see <see cref="IEventLog.CreateAppender"/>.</summary>
    public ILogAppender CreateAppender(Action? batchCompleted = null) => _log.CreateAppender(batchCompleted);

    /// <summary>Stages one event.</summary>
    /// <param name="appender">The caller's staging area.</param>
    /// <param name="device">Who sent it.</param>
    /// <param name="draft">The event; copied before the call returns.</param>
    /// <param name="observer">Told on the commit thread when the event is durable or lost; acknowledge only then.</param>
    /// <param name="token">Handed back to <paramref name="observer"/>.</param>
    public AppendOutcome TryAppend(ILogAppender appender, DevicePrincipal device, in EventDraft draft, IAppendObserver? observer, long token)
    {
        // The encoded form is never shorter than what is counted, so the exact count is needed only near the limit.
        var size = draft.Body.Length + draft.Properties.Length;
        if (size > MaxEventBytes && draft.Body.Length + EventSize.OfProperties(draft.Properties) > MaxEventBytes)
        {
            return AppendOutcome.TooLarge;
        }

        if (!appender.Available)
        {
            return AppendOutcome.Unavailable;
        }

        if (_throttle is not null && !_throttle.TryTake(device, size))
        {
            return AppendOutcome.Throttled;
        }

        var header = device.EventHeader;
        var scratch = Scratch(header.Bytes.Length + Varint.MaxBytes + draft.Properties.Length);
        var head = scratch[..EventRecord.WriteHead(scratch, header.Bytes, draft.Properties)];
        if (appender.TryAppend(PartitionHash.ToPartition(header.Hash, _partitions), head, draft.Body, observer, token))
        {
            return AppendOutcome.Staged;
        }

        return appender.Available ? AppendOutcome.Busy : AppendOutcome.Unavailable;
    }

    private static Span<byte> Scratch(int bytes)
    {
        var scratch = s_scratch ??= new byte[ScratchBytes];

        // A large head is rare and at most 256 KiB; a buffer that size is not kept for every thread.
        return bytes <= scratch.Length ? scratch : new byte[bytes];
    }
}
