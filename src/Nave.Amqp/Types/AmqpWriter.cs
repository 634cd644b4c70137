using System.Buffers.Binary;
using System.Text;
using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>
/// Writes encoded values into one growing buffer that is kept and used again: <see cref="Clear"/> before each message. Compounds are opened with
/// <see cref="BeginList"/> or <see cref="BeginMap"/> and closed with <see cref="End"/>, which sets size and count. Not thread-safe.
/// </summary>
public sealed class AmqpWriter
{
    private const int CompoundHeader = 9; // Format code, size (4), count (4): sizes are not known before.

    private byte[] _buffer;
    private int _at;

    /// <summary>Initializes a writer.</summary>
    /// <param name="capacity">Bytes to begin with.</param>
    public AmqpWriter(int capacity = 512) => _buffer = new byte[capacity];

    /// <summary>Gets how many bytes were written.</summary>
    public int Length => _at;

    /// <summary>Gets how many bytes fit before the buffer grows.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Gets what was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _at);

    /// <summary>Gets what was written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _at);

    /// <summary>Forgets what was written; the buffer stays.</summary>
    public void Clear() => _at = 0;

    /// <summary>Cuts what was written to a length it had before.</summary>
    public void Truncate(int length) => _at = length <= _at ? length : throw new ArgumentOutOfRangeException(nameof(length));

    /// <summary>Opens a list.</summary>
    /// <returns>What <see cref="End"/> needs.</returns>
    public int BeginList() => Begin(FormatCode.List32);

    /// <summary>Opens a map: write keys and values in turn.</summary>
    /// <returns>What <see cref="End"/> needs.</returns>
    public int BeginMap() => Begin(FormatCode.Map32);

    /// <summary>Closes a list or map.</summary>
    /// <param name="start">What Begin returned.</param>
    /// <param name="count">How many elements were written; keys and values of a map count one by one.</param>
    public void End(int start, int count)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(start + 1), _at - start - 5);
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(start + 5), count);
    }

    /// <summary>Writes the descriptor of the value that is written next.</summary>
    public void Descriptor(ulong code)
    {
        Code(FormatCode.Described);
        ULong(code);
    }

    /// <summary>Writes the descriptor of the value that is written next.</summary>
    public void Descriptor(string symbol)
    {
        Code(FormatCode.Described);
        Symbol(symbol);
    }

    public void Null() => Code(FormatCode.Null);

    public void Boolean(bool value) => Code(value ? FormatCode.True : FormatCode.False);

    public void UByte(byte value)
    {
        var span = Grow(2);
        span[0] = FormatCode.UByte;
        span[1] = value;
    }

    public void UShort(ushort value)
    {
        var span = Grow(3);
        span[0] = FormatCode.UShort;
        BinaryPrimitives.WriteUInt16BigEndian(span[1..], value);
    }

    public void UInt(uint value)
    {
        if (value == 0)
        {
            Code(FormatCode.UInt0);
        }
        else if (value <= byte.MaxValue)
        {
            Short(FormatCode.SmallUInt, (byte)value);
        }
        else
        {
            Fixed4(FormatCode.UInt, value);
        }
    }

    public void ULong(ulong value)
    {
        if (value == 0)
        {
            Code(FormatCode.ULong0);
        }
        else if (value <= byte.MaxValue)
        {
            Short(FormatCode.SmallULong, (byte)value);
        }
        else
        {
            Fixed8(FormatCode.ULong, value);
        }
    }

    public void Int(int value)
    {
        if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
        {
            Short(FormatCode.SmallInt, (byte)value);
        }
        else
        {
            Fixed4(FormatCode.Int, (uint)value);
        }
    }

    public void Long(long value)
    {
        if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
        {
            Short(FormatCode.SmallLong, (byte)value);
        }
        else
        {
            Fixed8(FormatCode.Long, (ulong)value);
        }
    }

    /// <summary>Writes a timestamp, in milliseconds since 1970.</summary>
    public void Timestamp(long milliseconds) => Fixed8(FormatCode.Timestamp, (ulong)milliseconds);

    public void Uuid(Guid value)
    {
        var span = Grow(17);
        span[0] = FormatCode.Uuid;
        value.TryWriteBytes(span[1..], bigEndian: true, out _);
    }

    public void Binary(ReadOnlySpan<byte> value) => Variable(FormatCode.Binary8, value);

    /// <summary>Writes a string.</summary>
    public void String(string? value) => Text(FormatCode.String8, value);

    /// <summary>Writes a string that is UTF-8 already.</summary>
    public void String(ReadOnlySpan<byte> utf8) => Variable(FormatCode.String8, utf8);

    /// <summary>Writes a symbol; ASCII only.</summary>
    public void Symbol(string? value) => Text(FormatCode.Symbol8, value);

    /// <summary>Writes a symbol that is ASCII already.</summary>
    public void Symbol(ReadOnlySpan<byte> ascii) => Variable(FormatCode.Symbol8, ascii);

    /// <summary>Writes a value of any type.</summary>
    public void Value(AmqpValue value) => AmqpValueWriter.Write(this, value);

    /// <summary>Writes a map, or null.</summary>
    public void Map(AmqpMap? map)
    {
        if (map is null)
        {
            Null();
        }
        else
        {
            AmqpValueWriter.Write(this, map);
        }
    }

    /// <summary>Writes symbols as an array, or null if there are none.</summary>
    public void Symbols(IReadOnlyList<string>? symbols)
    {
        if (symbols is null or { Count: 0 })
        {
            Null();
            return;
        }

        var start = Begin(FormatCode.Array32);
        Raw([FormatCode.Symbol32]);
        foreach (var symbol in symbols)
        {
            RawText(symbol);
        }

        End(start, symbols.Count);
    }

    /// <summary>Copies bytes that are encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> encoded) => encoded.CopyTo(Grow(encoded.Length));

    /// <summary>Opens a list that will have less than 255 bytes.</summary>
    internal int BeginList8()
    {
        var start = _at;
        Grow(3)[0] = FormatCode.List8;
        return start;
    }

    internal void End8(int start, int count)
    {
        _buffer[start + 1] = checked((byte)(_at - start - 2));
        _buffer[start + 2] = (byte)count;
    }

    internal int Begin(byte code)
    {
        var start = _at;
        Grow(CompoundHeader)[0] = code;
        return start;
    }

    internal void Code(byte code) => Grow(1)[0] = code;

    internal void Short(byte code, byte value)
    {
        var span = Grow(2);
        span[0] = code;
        span[1] = value;
    }

    internal void Fixed4(byte code, uint value)
    {
        var span = Grow(5);
        span[0] = code;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], value);
    }

    internal void Fixed8(byte code, ulong value)
    {
        var span = Grow(9);
        span[0] = code;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
    }

    /// <summary>Text behind a length of four bytes, without format code.</summary>
    internal void RawText(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        var span = Grow(4 + size);
        BinaryPrimitives.WriteInt32BigEndian(span, size);
        Encoding.UTF8.GetBytes(text, span[4..]);
    }

    internal Span<byte> Grow(int bytes)
    {
        if (_buffer.Length - _at < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(checked(_at + bytes), Math.Min(_buffer.Length * 2, Array.MaxLength)));
        }

        var span = _buffer.AsSpan(_at, bytes);
        _at += bytes;
        return span;
    }

    /// <summary>Removes one byte that was written.</summary>
    internal void Remove(int at)
    {
        _buffer.AsSpan(at + 1, _at - at - 1).CopyTo(_buffer.AsSpan(at));
        _at--;
    }

    internal Span<byte> Patch(int at, int length) => _buffer.AsSpan(at, length);

    private void Variable(byte code8, ReadOnlySpan<byte> value)
    {
        if (value.Length <= byte.MaxValue)
        {
            var span = Grow(2 + value.Length);
            span[0] = code8;
            span[1] = (byte)value.Length;
            value.CopyTo(span[2..]);
        }
        else
        {
            var span = Grow(5 + value.Length);
            span[0] = (byte)(code8 + 0x10);
            BinaryPrimitives.WriteInt32BigEndian(span[1..], value.Length);
            value.CopyTo(span[5..]);
        }
    }

    private void Text(byte code8, string? value)
    {
        if (value is null)
        {
            Null();
            return;
        }

        var size = Encoding.UTF8.GetByteCount(value);
        if (size <= byte.MaxValue)
        {
            var span = Grow(2 + size);
            span[0] = code8;
            span[1] = (byte)size;
            Encoding.UTF8.GetBytes(value, span[2..]);
        }
        else
        {
            Code((byte)(code8 + 0x10));
            RawText(value);
        }
    }
}
