using System.Buffers.Binary;
using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>One encoded value, as a view on the bytes it stands in; valid as long as they are.</summary>
public readonly ref struct AmqpView
{
    private readonly byte _code;

    internal AmqpView(AmqpType type, byte code, ReadOnlySpan<byte> content, int count, ReadOnlySpan<byte> encoded = default)
    {
        Encoded = encoded;
        Type = type;
        _code = code;
        Content = content;
        Count = count;
    }

    /// <summary>Gets the type; Null for a default view.</summary>
    public AmqpType Type { get; }

    /// <summary>Gets the value's bytes without format code, size and count: the text of a string or symbol, the bytes of a binary.</summary>
    public ReadOnlySpan<byte> Content { get; }

    /// <summary>Gets how many elements a list or array has; keys and values of a map are counted one by one.</summary>
    public int Count { get; }

    /// <summary>Gets the whole value as it was encoded; empty for an element of an array.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Gets a value indicating whether this is null.</summary>
    public bool IsNull => Type == AmqpType.Null;

    /// <summary>Gets a value indicating whether this is a string or a symbol.</summary>
    public bool IsText => Type is AmqpType.String or AmqpType.Symbol;

    /// <summary>Reads a boolean.</summary>
    /// <exception cref="AmqpProtocolException">Another type (amqp:decode-error); so for all of these.</exception>
    public bool AsBoolean()
    {
        Require(AmqpType.Boolean, "a boolean");
        return _code switch
        {
            FormatCode.True => true,
            FormatCode.False => false,
            _ => Content[0] <= 1 ? Content[0] == 1 : throw AmqpFault.Decode($"A boolean is {Content[0]}; 0 or 1 are permitted."),
        };
    }

    /// <summary>Reads a ubyte.</summary>
    public byte AsUByte()
    {
        Require(AmqpType.UByte, "a ubyte");
        return Content[0];
    }

    /// <summary>Reads a ushort.</summary>
    public ushort AsUShort()
    {
        Require(AmqpType.UShort, "a ushort");
        return BinaryPrimitives.ReadUInt16BigEndian(Content);
    }

    /// <summary>Reads a uint.</summary>
    public uint AsUInt()
    {
        Require(AmqpType.UInt, "a uint");
        return _code switch
        {
            FormatCode.UInt0 => 0,
            FormatCode.SmallUInt => Content[0],
            _ => BinaryPrimitives.ReadUInt32BigEndian(Content),
        };
    }

    /// <summary>Reads a ulong.</summary>
    public ulong AsULong()
    {
        Require(AmqpType.ULong, "a ulong");
        return _code switch
        {
            FormatCode.ULong0 => 0,
            FormatCode.SmallULong => Content[0],
            _ => BinaryPrimitives.ReadUInt64BigEndian(Content),
        };
    }

    /// <summary>Reads an int.</summary>
    public int AsInt()
    {
        Require(AmqpType.Int, "an int");
        return _code == FormatCode.SmallInt ? (sbyte)Content[0] : BinaryPrimitives.ReadInt32BigEndian(Content);
    }

    /// <summary>Reads a long.</summary>
    public long AsLong()
    {
        Require(AmqpType.Long, "a long");
        return _code == FormatCode.SmallLong ? (sbyte)Content[0] : BinaryPrimitives.ReadInt64BigEndian(Content);
    }

    /// <summary>Reads a timestamp, in milliseconds since 1970.</summary>
    public long AsTimestamp()
    {
        Require(AmqpType.Timestamp, "a timestamp");
        return BinaryPrimitives.ReadInt64BigEndian(Content);
    }

    /// <summary>Reads a uuid.</summary>
    public Guid AsUuid()
    {
        Require(AmqpType.Uuid, "a uuid");
        return new Guid(Content, bigEndian: true);
    }

    /// <summary>Reads any integer type, where clients differ in which they send.</summary>
    /// <returns><see langword="false"/> if this is no integer or does not fit.</returns>
    public bool TryGetInteger(out long value)
    {
        switch (Type)
        {
            case AmqpType.UByte:
                value = Content[0];
                return true;
            case AmqpType.UShort:
                value = AsUShort();
                return true;
            case AmqpType.UInt:
                value = AsUInt();
                return true;
            case AmqpType.ULong when AsULong() <= long.MaxValue:
                value = (long)AsULong();
                return true;
            case AmqpType.Byte:
                value = (sbyte)Content[0];
                return true;
            case AmqpType.Short:
                value = BinaryPrimitives.ReadInt16BigEndian(Content);
                return true;
            case AmqpType.Int:
                value = AsInt();
                return true;
            case AmqpType.Long:
                value = AsLong();
                return true;
            default:
                value = 0;
                return false;
        }
    }

    /// <summary>Reads the bytes of a string or symbol as text.</summary>
    /// <exception cref="AmqpProtocolException">Another type, or not well-formed UTF-8 (string) or ASCII (symbol).</exception>
    public string AsText() => AmqpText.Decode(Utf8());

    /// <summary>Checks the bytes of a string or symbol and gives them as they are.</summary>
    /// <exception cref="AmqpProtocolException">Another type, or not well-formed UTF-8 (string) or ASCII (symbol).</exception>
    public ReadOnlySpan<byte> Utf8()
    {
        switch (Type)
        {
            case AmqpType.String:
                return AmqpText.CheckString(Content);
            case AmqpType.Symbol:
                return AmqpText.CheckSymbol(Content);
            default:
                throw AmqpFault.WrongType(Type, "a string or symbol");
        }
    }

    /// <summary>Gives the bytes of a binary.</summary>
    public ReadOnlySpan<byte> AsBinary()
    {
        Require(AmqpType.Binary, "a binary");
        return Content;
    }

    /// <summary>Gives a reader of a list's elements.</summary>
    public AmqpListView AsList()
    {
        Require(AmqpType.List, "a list");
        return new AmqpListView(Content, Count);
    }

    /// <summary>Gives a reader of a map's keys and values; null is an empty map.</summary>
    public AmqpMapView AsMap()
    {
        if (IsNull)
        {
            return default;
        }

        Require(AmqpType.Map, "a map");
        return new AmqpMapView(Content, Count);
    }

    /// <summary>Gives a reader of an array's elements.</summary>
    public AmqpArrayView AsArray()
    {
        Require(AmqpType.Array, "an array");
        return new AmqpArrayView(Content, Count);
    }

    /// <summary>Takes a described value apart.</summary>
    /// <param name="descriptor">A ulong or a symbol; from some clients anything else.</param>
    /// <returns>The value.</returns>
    public AmqpView AsDescribed(out AmqpView descriptor)
    {
        Require(AmqpType.Described, "a described value");
        var reader = new AmqpReader(Content);
        descriptor = reader.Read();
        return reader.Read();
    }

    /// <summary>Copies the value.</summary>
    /// <exception cref="AmqpProtocolException">Something within is malformed or nested too deep.</exception>
    public AmqpValue ToValue() => AmqpValueReader.Read(this, AmqpReader.MaxDepth);

    /// <summary>Says whether this is a string or symbol of exactly this text.</summary>
    public bool IsTextOf(ReadOnlySpan<byte> utf8) => IsText && Content.SequenceEqual(utf8);

    /// <summary>Says the type, never the content.</summary>
    public override string ToString() => Type.ToString();

    internal AmqpView WithEncoded(ReadOnlySpan<byte> encoded) => new(Type, _code, Content, Count, encoded);

    private void Require(AmqpType type, string wanted)
    {
        if (Type != type)
        {
            throw AmqpFault.WrongType(Type, wanted);
        }
    }
}
