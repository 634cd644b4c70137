using System.Buffers.Binary;

namespace Nave.Amqp.Wire;

/// <summary>Writes values of any type, in the shortest encoding; elements of arrays in the widest, which all of them share.</summary>
internal static class AmqpValueWriter
{
    public static void Write(AmqpWriter writer, AmqpValue value)
    {
        switch (value.Type)
        {
            case AmqpType.Null:
                writer.Null();
                break;
            case AmqpType.Boolean:
                writer.Boolean(value.Bits != 0);
                break;
            case AmqpType.UByte:
                writer.UByte((byte)value.Bits);
                break;
            case AmqpType.UInt:
                writer.UInt((uint)value.Bits);
                break;
            case AmqpType.ULong:
                writer.ULong((ulong)value.Bits);
                break;
            case AmqpType.Int:
                writer.Int((int)value.Bits);
                break;
            case AmqpType.Long:
                writer.Long(value.Bits);
                break;
            case AmqpType.Binary:
                writer.Binary((byte[])value.Object!);
                break;
            case AmqpType.String:
                writer.String((string)value.Object!);
                break;
            case AmqpType.Symbol:
                writer.Symbol((string)value.Object!);
                break;
            case AmqpType.Described:
                var described = (AmqpDescribed)value.Object!;
                writer.Code(FormatCode.Described);
                Write(writer, described.Descriptor);
                Write(writer, described.Value);
                break;
            default:
                var code = WideCode(value.Type);
                if (code < FormatCode.Binary8)
                {
                    writer.Code(code);
                }

                WriteWide(writer, value);
                break;
        }
    }

    // The format code that holds every value of a type.
    private static byte WideCode(AmqpType type) => type switch
    {
        AmqpType.Null => FormatCode.Null,
        AmqpType.Boolean => FormatCode.Boolean,
        AmqpType.UByte => FormatCode.UByte,
        AmqpType.UShort => FormatCode.UShort,
        AmqpType.UInt => FormatCode.UInt,
        AmqpType.ULong => FormatCode.ULong,
        AmqpType.Byte => FormatCode.Byte,
        AmqpType.Short => FormatCode.Short,
        AmqpType.Int => FormatCode.Int,
        AmqpType.Long => FormatCode.Long,
        AmqpType.Float => FormatCode.Float,
        AmqpType.Double => FormatCode.Double,
        AmqpType.Decimal32 => FormatCode.Decimal32,
        AmqpType.Decimal64 => FormatCode.Decimal64,
        AmqpType.Decimal128 => FormatCode.Decimal128,
        AmqpType.Char => FormatCode.Char,
        AmqpType.Timestamp => FormatCode.Timestamp,
        AmqpType.Uuid => FormatCode.Uuid,
        AmqpType.Binary => FormatCode.Binary32,
        AmqpType.String => FormatCode.String32,
        AmqpType.Symbol => FormatCode.Symbol32,
        AmqpType.List => FormatCode.List32,
        AmqpType.Map => FormatCode.Map32,
        _ => FormatCode.Array32,
    };

    // The value in that encoding; fixed widths without the format code, compounds with it (the caller of an array cuts it off).
    private static void WriteWide(AmqpWriter writer, AmqpValue value)
    {
        switch (value.Type)
        {
            case AmqpType.Null:
                break;
            case AmqpType.Boolean or AmqpType.UByte or AmqpType.Byte:
                writer.Grow(1)[0] = (byte)value.Bits;
                break;
            case AmqpType.UShort or AmqpType.Short:
                BinaryPrimitives.WriteInt16BigEndian(writer.Grow(2), (short)value.Bits);
                break;
            case AmqpType.UInt or AmqpType.Int or AmqpType.Float or AmqpType.Char or AmqpType.Decimal32:
                BinaryPrimitives.WriteInt32BigEndian(writer.Grow(4), (int)value.Bits);
                break;
            case AmqpType.Uuid:
                ((Guid)value.Object!).TryWriteBytes(writer.Grow(16), bigEndian: true, out _);
                break;
            case AmqpType.Decimal128:
                writer.Raw((byte[])value.Object!);
                break;
            case AmqpType.Binary:
                var bytes = (byte[])value.Object!;
                BinaryPrimitives.WriteInt32BigEndian(writer.Grow(4), bytes.Length);
                writer.Raw(bytes);
                break;
            case AmqpType.String or AmqpType.Symbol:
                writer.RawText((string)value.Object!);
                break;
            case AmqpType.List:
                Items(writer, FormatCode.List32, (AmqpValue[])value.Object!);
                break;
            case AmqpType.Map:
                var map = (AmqpMap)value.Object!;
                var start = writer.Begin(FormatCode.Map32);
                foreach (var (key, item) in map)
                {
                    Write(writer, key);
                    Write(writer, item);
                }

                writer.End(start, map.Count * 2);
                break;
            case AmqpType.Array:
                Elements(writer, value.ElementType, (AmqpValue[])value.Object!);
                break;
            default:
                BinaryPrimitives.WriteInt64BigEndian(writer.Grow(8), value.Bits);
                break;
        }
    }

    private static void Items(AmqpWriter writer, byte code, AmqpValue[] items)
    {
        var start = writer.Begin(code);
        foreach (var item in items)
        {
            Write(writer, item);
        }

        writer.End(start, items.Length);
    }

    private static void Elements(AmqpWriter writer, AmqpType type, AmqpValue[] items)
    {
        var start = writer.Begin(FormatCode.Array32);
        var code = WideCode(type);
        writer.Code(code);
        foreach (var item in items)
        {
            var at = writer.Length;
            WriteWide(writer, item);
            if (code >= FormatCode.List32)
            {
                // A compound brought its format code along; the array has it once, in front.
                writer.Remove(at);
            }
        }

        writer.End(start, items.Length);
    }
}
