using System.Text;
using Nave.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>What the targets for AMQP's decoders share: a protocol error with a condition is the only refusal.</summary>
/// <param name="name">The name on the command line.</param>
/// <param name="seeds">Valid inputs.</param>
internal abstract class AmqpCodecTarget(string name, IReadOnlyList<byte[]> seeds) : FuzzTarget(name, seeds)
{
    /// <summary>Format codes, sizes that lie, descriptors.</summary>
    public static IReadOnlyList<byte[]> Codes { get; } =
    [
        [0x00, 0x53, 0x14], [0x00, 0x53, 0x75], [0x00, 0x53, 0x24, 0x45], [0x00, 0x00], [0x00, 0xA3, 0x01, 0x61], [0x40], [0x41], [0x45],
        [0xC0, 0x01, 0x00], [0xC1, 0x01, 0x00], [0xD0, 0xFF, 0xFF, 0xFF, 0xFF], [0xD0, 0, 0, 0, 4, 0, 0, 0, 0], [0xD1, 0, 0, 0, 4, 0, 0, 0, 0],
        [0xE0, 0x02, 0x01, 0x40], [0xF0, 0, 0, 0, 5, 0, 0, 4, 0, 0x45], [0xA0, 0xFF], [0xB0, 0x7F, 0xFF, 0xFF, 0xFF], [0x70, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .. Texts("amqp:data:binary", "amqp:open:list"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Words => Codes;

    /// <inheritdoc/>
    public override bool Execute(byte[] input)
    {
        try
        {
            Decode(input);
            return true;
        }
        catch (AmqpProtocolException e) when (e.Condition.StartsWith("amqp:", StringComparison.Ordinal) && e.Message.Length is > 0 and < 300)
        {
            return false;
        }
    }

    /// <summary>Decodes an input, or throws a protocol error.</summary>
    protected abstract void Decode(byte[] input);

    /// <summary>Writes a seed.</summary>
    protected static byte[] Write(Action<AmqpWriter> write)
    {
        var writer = new AmqpWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    /// <summary>A map with a value of every kind.</summary>
    protected static AmqpMap AllKinds { get; } = AmqpMap.Fields(
        ("a", true), ("b", (byte)1), ("c", (ushort)2), ("d", 3u), ("e", 4ul), ("f", (sbyte)5), ("g", (short)6), ("h", 7), ("i", 8L), ("j", 9f), ("k", 10d),
        ("l", Guid.Empty), ("m", Encoding.ASCII.GetBytes("bytes")), ("n", "text"), ("o", AmqpValue.Symbol("symbol")), ("p", AmqpValue.Timestamp(11)),
        ("q", AmqpValue.Char(12)), ("r", AmqpValue.List(1, "x", default)), ("s", AmqpValue.StringArray(["x", "y"])), ("t", AmqpMap.Strings(("u", 1))),
        ("apache.org:selector-filter:string", new AmqpDescribed(0x137000000AUL, "amqp.annotation.x-opt-offset > '100'")));
}
