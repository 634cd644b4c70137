namespace Nave.Amqp.Wire;

/// <summary>Reads and writes fields that may be left out.</summary>
internal static class AmqpFields
{
    public static bool BooleanOr(this ref AmqpListView list, bool value)
    {
        var field = list.Next();
        return field.IsNull ? value : field.AsBoolean();
    }

    public static byte UByteOr(this ref AmqpListView list, byte value)
    {
        var field = list.Next();
        return field.IsNull ? value : field.AsUByte();
    }

    public static uint? UInt(this ref AmqpListView list)
    {
        var field = list.Next();
        return field.IsNull ? null : field.AsUInt();
    }

    public static uint UIntOr(this ref AmqpListView list, uint value)
    {
        var field = list.Next();
        return field.IsNull ? value : field.AsUInt();
    }

    public static ulong? ULong(this ref AmqpListView list)
    {
        var field = list.Next();
        return field.IsNull ? null : field.AsULong();
    }

    public static ushort? UShort(this ref AmqpListView list)
    {
        var field = list.Next();
        return field.IsNull ? null : field.AsUShort();
    }

    public static uint UIntRequired(this ref AmqpListView list, string name)
    {
        var field = list.Next();
        return field.IsNull ? throw Missing(name) : field.AsUInt();
    }

    public static string? Text(this ref AmqpListView list)
    {
        var field = list.Next();
        return field.IsNull ? null : field.AsText();
    }

    public static string TextRequired(this ref AmqpListView list, string name)
    {
        var field = list.Next();
        return field.IsNull ? throw Missing(name) : field.AsText();
    }

    public static long? Timestamp(this ref AmqpListView list)
    {
        var field = list.Next();
        return field.IsNull ? null : field.AsTimestamp();
    }

    public static AmqpMap? Map(this ref AmqpListView list)
    {
        var field = list.Next();
        return field.IsNull ? null : AmqpValueReader.Map(field.AsMap(), AmqpReader.MaxDepth);
    }

    /// <summary>A field of several symbols: null, one, or an array. AMQP 1.0 part 1, 1.4.</summary>
    public static IReadOnlyList<string>? Symbols(this ref AmqpListView list)
    {
        var field = list.Next();
        switch (field.Type)
        {
            case AmqpType.Null:
                return null;
            case AmqpType.Symbol or AmqpType.String:
                return [field.AsText()];
            default:
                var array = field.AsArray();
                var symbols = new List<string>(array.Left);
                while (array.TryNext(out var symbol))
                {
                    symbols.Add(symbol.AsText());
                }

                return symbols;
        }
    }

    public static void UIntOrNull(this AmqpWriter writer, uint? value)
    {
        if (value is { } number)
        {
            writer.UInt(number);
        }
        else
        {
            writer.Null();
        }
    }

    public static void ULongOrNull(this AmqpWriter writer, ulong? value)
    {
        if (value is { } number)
        {
            writer.ULong(number);
        }
        else
        {
            writer.Null();
        }
    }

    public static AmqpProtocolException Missing(string name) => AmqpFault.Decode($"The field {name} is missing; it is mandatory.");
}
