using System.Buffers.Binary;
using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>Reads encoded values one after the other, as views, without a copy. AMQP 1.0 part 1, 1.2.</summary>
/// <param name="encoded">The values; every view points into this.</param>
public ref struct AmqpReader(ReadOnlySpan<byte> encoded)
{
    /// <summary>How deep values may be nested.</summary>
    public const int MaxDepth = 16;

    // Elements without a byte of their own (nulls, empty lists) make a count that the size does not bound.
    private const int MaxEmptyElements = 1024;

    private readonly ReadOnlySpan<byte> _all = encoded;
    private ReadOnlySpan<byte> _rest = encoded;

    /// <summary>Gets a value indicating whether nothing is left.</summary>
    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>Gets what is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Gets how many bytes were read.</summary>
    public readonly int Position => _all.Length - _rest.Length;

    /// <summary>Reads one value.</summary>
    /// <exception cref="AmqpProtocolException">Nothing left, an unknown format code, or a size beyond the end (amqp:decode-error).</exception>
    public AmqpView Read()
    {
        var start = _rest;
        var value = ReadBody(Take(1)[0], MaxDepth);
        return value.WithEncoded(start[..(start.Length - _rest.Length)]);
    }

    /// <summary>Reads the descriptor of the value that comes next, as a number of AMQP's own types.</summary>
    internal ulong ReadDescriptor()
    {
        // As everybody writes those: 00 53 number.
        if (_rest.Length > 3 && _rest[0] == FormatCode.Described && _rest[1] == FormatCode.SmallULong)
        {
            return Take(3)[2];
        }

        var code = Take(1)[0];
        return code == FormatCode.Described
            ? Descriptor.CodeOf(ReadBody(Take(1)[0], MaxDepth))
            : throw AmqpFault.WrongType(FormatCode.TypeOf(code), "a described value");
    }

    /// <summary>Reads the value that fills the whole span.</summary>
    /// <exception cref="AmqpProtocolException">No value, or bytes after it (amqp:decode-error).</exception>
    public static AmqpView ReadWhole(ReadOnlySpan<byte> encoded)
    {
        var reader = new AmqpReader(encoded);
        var value = reader.Read();
        return reader.IsEmpty ? value : throw AmqpFault.Decode($"{reader.Rest.Length} bytes follow a value; 0 are permitted.");
    }

    /// <summary>Reads a value whose format code stands elsewhere: the elements of an array.</summary>
    internal AmqpView ReadBody(byte code, int depth)
    {
        switch (code >> 4)
        {
            case 0x0 when code == FormatCode.Described:
                return ReadDescribed(depth);
            case 0x4:
                return new AmqpView(FormatCode.TypeOf(code), code, default, 0);
            case 0x5:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(1), 0);
            case 0x6:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(2), 0);
            case 0x7:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(4), 0);
            case 0x8:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(8), 0);
            case 0x9:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(16), 0);
            case 0xA:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(Take(1)[0]), 0);
            case 0xB:
                return new AmqpView(FormatCode.TypeOf(code), code, Take(BinaryPrimitives.ReadUInt32BigEndian(Take(4))), 0);
            case 0xC or 0xE:
                return Compound(code, Take(Take(1)[0]), countWidth: 1);
            case 0xD or 0xF:
                return Compound(code, Take(BinaryPrimitives.ReadUInt32BigEndian(Take(4))), countWidth: 4);
            default:
                throw AmqpFault.Code(code);
        }
    }

    private static AmqpView Compound(byte code, ReadOnlySpan<byte> body, int countWidth)
    {
        var type = FormatCode.TypeOf(code);
        if (body.Length < countWidth)
        {
            throw AmqpFault.TooShort(countWidth, body.Length);
        }

        var count = countWidth == 1 ? body[0] : BinaryPrimitives.ReadUInt32BigEndian(body);
        var content = body[countWidth..];
        var limit = type == AmqpType.Array ? Math.Max(content.Length, MaxEmptyElements) : content.Length;
        if (count > (uint)limit)
        {
            throw AmqpFault.Decode($"A {type} claims {count} elements in {content.Length} bytes.");
        }

        if (type == AmqpType.Map && count % 2 != 0)
        {
            throw AmqpFault.Decode($"A map has {count} keys and values; an even number is required.");
        }

        return new AmqpView(type, code, content, (int)count);
    }

    private AmqpView ReadDescribed(int depth)
    {
        if (depth <= 0)
        {
            throw AmqpFault.Depth(MaxDepth);
        }

        var start = _rest;

        // Any value may describe another (part 1, 1.2): Python describes a time with a token. Where only a number or a name has a meaning, it is asked for.
        ReadBody(Take(1)[0], depth - 1);
        ReadBody(Take(1)[0], depth - 1);
        return new AmqpView(AmqpType.Described, FormatCode.Described, start[..(start.Length - _rest.Length)], 0);
    }

    private ReadOnlySpan<byte> Take(uint length) =>
        length <= (uint)_rest.Length ? Take((int)length) : throw AmqpFault.Decode($"A value of {length} bytes ends early: {_rest.Length} left.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_rest.Length < length)
        {
            throw AmqpFault.TooShort(length, _rest.Length);
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
