using System.Text;
using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>
/// A stored cloud-to-device message, version 1 (docs/formats/queues.md): version, delivery count, feedback mode, time of
/// sending and expiry (UTC ticks), generation id, properties, and the body up to the end. Numbers and lengths are varints.
/// </summary>
/// <param name="DeliveryCount">How often it was abandoned.</param>
/// <param name="Ack">What feedback its sender wants.</param>
/// <param name="Enqueued">When it was sent.</param>
/// <param name="Expires">When it ends undelivered.</param>
/// <param name="GenerationId">Which life of the identity it was sent to.</param>
/// <param name="Message">Properties and body.</param>
internal sealed record MessageRecord(
    int DeliveryCount, AckMode Ack, DateTimeOffset Enqueued, DateTimeOffset Expires, string GenerationId, CloudToDeviceMessage Message)
{
    private const byte FormatVersion = 1;

    /// <summary>Encodes the record.</summary>
    public byte[] Encode()
    {
        var generation = Encoding.UTF8.GetBytes(GenerationId);
        var properties = Message.Properties.Encoded;
        var record = new byte[2 + (5 * Varint.MaxBytes) + generation.Length + properties.Length + Message.Body.Length];
        record[0] = FormatVersion;
        record[1] = (byte)Ack;
        var count = 2;
        count += Varint.Write(record.AsSpan(count), (uint)DeliveryCount);
        count += Varint.Write(record.AsSpan(count), (ulong)Enqueued.UtcTicks);
        count += Varint.Write(record.AsSpan(count), (ulong)Expires.UtcTicks);
        count += Varint.Write(record.AsSpan(count), (uint)generation.Length);
        generation.CopyTo(record, count);
        count += generation.Length;
        count += Varint.Write(record.AsSpan(count), (uint)properties.Length);
        properties.CopyTo(record.AsMemory(count));
        count += properties.Length;
        Message.Body.CopyTo(record.AsMemory(count));
        return record[..(count + Message.Body.Length)];
    }

    /// <summary>Decodes a record; the message keeps slices of it.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or a newer program wrote it.</exception>
    public static MessageRecord Decode(ReadOnlyMemory<byte> record)
    {
        var rest = record.Span;
        if (rest.Length < 2 || rest[0] != FormatVersion)
        {
            throw new InvalidDataException($"A stored cloud-to-device message is not a version {FormatVersion} record: it is damaged, or a newer program wrote it.");
        }

        var ack = (AckMode)rest[1];
        rest = rest[2..];
        if (!Varint.TryRead(ref rest, out var deliveryCount)
            || !Varint.TryRead(ref rest, out var enqueued)
            || !Varint.TryRead(ref rest, out var expires)
            || !Varint.TryReadBytes(ref rest, out var generation)
            || !Varint.TryReadBytes(ref rest, out var properties))
        {
            throw new InvalidDataException("A stored cloud-to-device message ends in the middle of a field.");
        }

        if (ack > AckMode.Full || deliveryCount > int.MaxValue || enqueued > (ulong)DateTime.MaxValue.Ticks || expires > (ulong)DateTime.MaxValue.Ticks)
        {
            throw new InvalidDataException("A stored cloud-to-device message has a field that is out of range: it is damaged.");
        }

        var body = record[^rest.Length..];
        var encoded = record.Slice(record.Length - rest.Length - properties.Length, properties.Length);
        return new MessageRecord(
            (int)deliveryCount,
            ack,
            new DateTimeOffset((long)enqueued, TimeSpan.Zero),
            new DateTimeOffset((long)expires, TimeSpan.Zero),
            Encoding.UTF8.GetString(generation),
            new CloudToDeviceMessage(new EventProperties(encoded), body));
    }
}
