using System.Globalization;

namespace Nave.Amqp;

/// <summary>A value of any AMQP type, exactly as typed; equal only to a value of the same type. Immutable if its binary, list and map are left alone.</summary>
public readonly struct AmqpValue : IEquatable<AmqpValue>
{
    private readonly long _bits;
    private readonly object? _object;

    internal AmqpValue(AmqpType type, long bits, object? value)
    {
        Type = type;
        _bits = bits;
        _object = value;
    }

    /// <summary>Gets the type; Null for a default value.</summary>
    public AmqpType Type { get; }

    /// <summary>Gets a value indicating whether this is null.</summary>
    public bool IsNull => Type == AmqpType.Null;

    /// <summary>Gets the text of a string or symbol; null for other types.</summary>
    public string? Text => _object as string;

    /// <summary>Gets the bytes of a binary; null for other types.</summary>
    public byte[]? Bytes => Type == AmqpType.Binary ? (byte[]?)_object : null;

    /// <summary>Gets a map; null for other types.</summary>
    public AmqpMap? AsMap => _object as AmqpMap;

    /// <summary>Gets the elements of a list or array; null for other types.</summary>
    public IReadOnlyList<AmqpValue>? Items => _object as AmqpValue[];

    /// <summary>Gets a described value; null for other types.</summary>
    public AmqpDescribed? AsDescribed => _object as AmqpDescribed;

    /// <summary>Gets a uuid; null for other types.</summary>
    public Guid? AsUuid => _object is Guid guid ? guid : null;

    /// <summary>Gets a boolean; null for other types.</summary>
    public bool? AsBoolean => Type == AmqpType.Boolean ? _bits != 0 : null;

    /// <summary>Gets a timestamp in milliseconds since 1970; null for other types.</summary>
    public long? AsTimestamp => Type == AmqpType.Timestamp ? _bits : null;

    internal long Bits => _bits;

    internal object? Object => _object;

    /// <summary>Gets the type of an array's elements.</summary>
    internal AmqpType ElementType => (AmqpType)_bits;

    public static implicit operator AmqpValue(string? value) => value is null ? default : new(AmqpType.String, 0, value);

    public static implicit operator AmqpValue(bool value) => new(AmqpType.Boolean, value ? 1 : 0, null);

    public static implicit operator AmqpValue(byte value) => new(AmqpType.UByte, value, null);

    public static implicit operator AmqpValue(ushort value) => new(AmqpType.UShort, value, null);

    public static implicit operator AmqpValue(uint value) => new(AmqpType.UInt, value, null);

    public static implicit operator AmqpValue(ulong value) => new(AmqpType.ULong, (long)value, null);

    public static implicit operator AmqpValue(sbyte value) => new(AmqpType.Byte, value, null);

    public static implicit operator AmqpValue(short value) => new(AmqpType.Short, value, null);

    public static implicit operator AmqpValue(int value) => new(AmqpType.Int, value, null);

    public static implicit operator AmqpValue(long value) => new(AmqpType.Long, value, null);

    public static implicit operator AmqpValue(float value) => new(AmqpType.Float, BitConverter.SingleToInt32Bits(value), null);

    public static implicit operator AmqpValue(double value) => new(AmqpType.Double, BitConverter.DoubleToInt64Bits(value), null);

    public static implicit operator AmqpValue(Guid value) => new(AmqpType.Uuid, 0, value);

    public static implicit operator AmqpValue(byte[]? value) => value is null ? default : new(AmqpType.Binary, 0, value);

    public static implicit operator AmqpValue(AmqpMap? value) => value is null ? default : new(AmqpType.Map, 0, value);

    public static implicit operator AmqpValue(AmqpDescribed? value) => value is null ? default : new(AmqpType.Described, 0, value);

    /// <summary>A timestamp, to the millisecond.</summary>
    public static implicit operator AmqpValue(DateTimeOffset value) => Timestamp(value.ToUnixTimeMilliseconds());

    public static bool operator ==(AmqpValue left, AmqpValue right) => left.Equals(right);

    public static bool operator !=(AmqpValue left, AmqpValue right) => !left.Equals(right);

    /// <summary>A symbol; ASCII only.</summary>
    public static AmqpValue Symbol(string value) => new(AmqpType.Symbol, 0, value);

    /// <summary>A timestamp, in milliseconds since 1970.</summary>
    public static AmqpValue Timestamp(long milliseconds) => new(AmqpType.Timestamp, milliseconds, null);

    /// <summary>A character.</summary>
    /// <param name="codePoint">UTF-32.</param>
    public static AmqpValue Char(uint codePoint) => new(AmqpType.Char, codePoint, null);

    /// <summary>A list of values of any types.</summary>
    public static AmqpValue List(params AmqpValue[] items) => new(AmqpType.List, 0, items);

    /// <summary>An array of values that all have the same type.</summary>
    /// <exception cref="ArgumentException">An item has another type, or the type has no fixed encoding (null, described).</exception>
    public static AmqpValue Array(AmqpType elementType, params AmqpValue[] items)
    {
        if (elementType is AmqpType.Null or AmqpType.Described)
        {
            throw new ArgumentException($"An array of {elementType} is not supported.");
        }

        foreach (var item in items)
        {
            if (item.Type != elementType)
            {
                throw new ArgumentException($"An item of an array of {elementType} has type {item.Type}.");
            }
        }

        return new(AmqpType.Array, (long)elementType, items);
    }

    /// <summary>An array of strings.</summary>
    public static AmqpValue StringArray(IEnumerable<string> items) => Array(AmqpType.String, [.. items.Select(item => (AmqpValue)item)]);

    /// <summary>Reads any integer type.</summary>
    /// <returns><see langword="false"/> if this is no integer or does not fit.</returns>
    public bool TryGetInteger(out long value)
    {
        value = _bits;
        return Type is AmqpType.UByte or AmqpType.UShort or AmqpType.UInt or AmqpType.Byte or AmqpType.Short or AmqpType.Int or AmqpType.Long
            || (Type == AmqpType.ULong && _bits >= 0);
    }

    /// <inheritdoc/>
    public bool Equals(AmqpValue other)
    {
        if (Type != other.Type || _bits != other._bits)
        {
            return false;
        }

        return (_object, other._object) switch
        {
            (byte[] mine, byte[] theirs) => mine.AsSpan().SequenceEqual(theirs),
            (AmqpValue[] mine, AmqpValue[] theirs) => mine.AsSpan().SequenceEqual(theirs),
            var (mine, theirs) => Equals(mine, theirs),
        };
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AmqpValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _object switch
    {
        null => HashCode.Combine(Type, _bits),
        byte[] bytes => HashCode.Combine(Type, bytes.Length, bytes.Length > 0 ? bytes[0] : 0),
        AmqpValue[] items => HashCode.Combine(Type, items.Length),
        _ => HashCode.Combine(Type, _object),
    };

    /// <summary>Says numbers and text as they are, of other types only what they are.</summary>
    public override string ToString() => Type switch
    {
        AmqpType.Null => "null",
        AmqpType.Boolean => _bits != 0 ? "true" : "false",
        AmqpType.String or AmqpType.Symbol => Text!,
        AmqpType.Uuid => AsUuid!.Value.ToString(),
        AmqpType.ULong => ((ulong)_bits).ToString(CultureInfo.InvariantCulture),
        AmqpType.Float => BitConverter.Int32BitsToSingle((int)_bits).ToString(CultureInfo.InvariantCulture),
        AmqpType.Double => BitConverter.Int64BitsToDouble(_bits).ToString(CultureInfo.InvariantCulture),
        AmqpType.UByte or AmqpType.UShort or AmqpType.UInt or AmqpType.Byte or AmqpType.Short or AmqpType.Int or AmqpType.Long or AmqpType.Timestamp =>
            _bits.ToString(CultureInfo.InvariantCulture),
        _ => Type.ToString(),
    };
}
