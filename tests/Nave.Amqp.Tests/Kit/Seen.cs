using Nave.Amqp.Wire;

namespace Nave.Amqp.Tests;

/// <summary>A frame or protocol header that an engine wrote.</summary>
/// <param name="Type">0 AMQP, 1 SASL, 255 a protocol header.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Performative">Its descriptor; <see cref="Descriptor.None"/> in an empty frame or header.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="Payload">What follows; or the header.</param>
internal sealed record Seen(byte Type, ushort Channel, ulong Performative, IReadOnlyList<AmqpValue> Fields, byte[] Payload)
{
    public const byte HeaderType = 255;

    /// <summary>The condition of the error in a field.</summary>
    public string? Error(int field) => Fields[field].AsDescribed?.Value.Items?[0].Text;

    /// <summary>Reads all that an engine wrote.</summary>
    public static List<Seen> All(byte[] bytes)
    {
        var seen = new List<Seen>();
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            if (rest.StartsWith("AMQP"u8))
            {
                seen.Add(new Seen(HeaderType, 0, Descriptor.None, [], rest[..8].ToArray()));
                rest = rest[8..];
                continue;
            }

            Assert.True(AmqpFrame.TryRead(ref rest, int.MaxValue, out _, out var frame));
            if (frame.Body.IsEmpty)
            {
                seen.Add(new Seen(frame.Type, frame.Channel, Descriptor.None, [], []));
                continue;
            }

            var reader = new AmqpReader(frame.Body);
            var performative = reader.ReadDescriptor();
            var fields = reader.Read().ToValue().Items!;
            seen.Add(new Seen(frame.Type, frame.Channel, performative, fields, reader.Rest.ToArray()));
        }

        return seen;
    }
}
