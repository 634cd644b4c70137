using System.Globalization;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>One event of an event stream. What it holds beyond its place is read when it is first asked for. Not thread-safe.</summary>
public sealed class ReceivedEvent
{
    private static readonly long s_endOfTime = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private readonly byte[] _message;
    private readonly int _bodyStart;
    private readonly int _bodyLength;
    private EventDetails? _details;

    private ReceivedEvent(string partitionId, byte[] message, long sequenceNumber, long enqueuedMs, int bodyStart, int bodyLength)
    {
        PartitionId = partitionId;
        _message = message;
        SequenceNumber = sequenceNumber;
        EnqueuedMs = enqueuedMs;
        _bodyStart = bodyStart;
        _bodyLength = bodyLength;
    }

    /// <summary>Gets the partition: <c>0</c>, <c>1</c> and so on.</summary>
    public string PartitionId { get; }

    /// <summary>Gets its place in the partition, from 0.</summary>
    public long SequenceNumber { get; }

    /// <summary>Gets its offset in the partition, opaque.</summary>
    public string Offset => Details.Offset;

    /// <summary>Gets when the event stream took it, to the millisecond.</summary>
    public DateTimeOffset EnqueuedTime => DateTimeOffset.FromUnixTimeMilliseconds(EnqueuedMs);

    /// <summary>Gets whom it is from or about; <see langword="null"/> if it came from no device.</summary>
    public string? DeviceId => Details.DeviceId;

    /// <summary>Gets the module, or <see langword="null"/>.</summary>
    public string? ModuleId => Details.ModuleId;

    /// <summary>Gets what made it: <c>Telemetry</c>, <c>twinChangeEvents</c>, …</summary>
    public string? Source => Details.Source;

    /// <summary>Gets how the sender was authenticated (JSON text).</summary>
    public string? AuthMethod => Details.AuthMethod;

    /// <summary>Gets which life of the device id sent it.</summary>
    public string? GenerationId => Details.GenerationId;

    /// <summary>Gets the system and application properties. Values of other types than text are written as text.</summary>
    public EventProperties Properties => Details.Properties;

    /// <summary>Gets the body, verbatim.</summary>
    public ReadOnlyMemory<byte> Body => _bodyStart >= 0 ? _message.AsMemory(_bodyStart, _bodyLength) : Details.Body;

    /// <summary>Gets the whole AMQP message as it came: for copies that are to lose nothing.</summary>
    public ReadOnlyMemory<byte> Message => _message;

    internal long EnqueuedMs { get; }

    private EventDetails Details => _details ??= EventDetails.Read(_message);

    /// <summary>Makes the form that <c>nave monitor</c> prints.</summary>
    public EventLine ToLine() => new()
    {
        Partition = int.TryParse(PartitionId, NumberStyles.None, CultureInfo.InvariantCulture, out var partition) ? partition : 0,
        SequenceNumber = SequenceNumber,
        Offset = Offset,
        EnqueuedTime = EnqueuedTime,
        DeviceId = DeviceId ?? string.Empty,
        ModuleId = ModuleId,
        Source = Source,
        AuthMethod = AuthMethod,
        GenerationId = GenerationId,
        Properties = Properties,
        Body = Body,
    };

    /// <summary>Tells whether it is from or about a device, without making its properties.</summary>
    /// <param name="deviceId">The id, UTF-8.</param>
    public bool IsOf(ReadOnlySpan<byte> deviceId) =>
        AmqpMessage.Parse(_message).MessageAnnotations.TryGet(EventAnnotations.DeviceId, out var id) && id.IsTextOf(deviceId);

    /// <summary>Copies a message and reads its place.</summary>
    /// <exception cref="AmqpProtocolException">It is malformed, or has no place.</exception>
    internal static ReceivedEvent Read(string partitionId, ReadOnlySpan<byte> payload)
    {
        var bytes = payload.ToArray();
        var message = AmqpMessage.Parse(bytes);
        long? sequence = null;
        var enqueued = 0L;
        var annotations = message.MessageAnnotations;
        while (annotations.TryNext(out var key, out var value))
        {
            if (key.IsTextOf(EventAnnotations.SequenceNumber) && value.TryGetInteger(out var number))
            {
                sequence = number;
            }
            else if (key.IsTextOf(EventAnnotations.EnqueuedTime) && value.Type == AmqpType.Timestamp)
            {
                // What no clock shows is cut to what one can.
                enqueued = Math.Clamp(value.AsTimestamp(), 0, s_endOfTime);
            }
        }

        if (sequence is not { } place)
        {
            throw new AmqpProtocolException(AmqpCondition.InvalidField, "An event has no sequence number.");
        }

        // Most have one data section, which needs no copy.
        var data = message.Data;
        var start = -1;
        if (message.BodyKind == AmqpBodyKind.Data && message.DataSections.Left == 1)
        {
            start = data.IsEmpty ? 0 : bytes.AsSpan().Overlaps(data, out var at) ? at : -1;
        }

        return new ReceivedEvent(partitionId, bytes, place, enqueued, start, data.Length);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PartitionId}:{SequenceNumber}");
}
