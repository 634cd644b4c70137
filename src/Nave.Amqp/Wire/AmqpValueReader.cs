namespace Nave.Amqp.Wire;

using System.Buffers.Binary;

/// <summary>Copies views into values.</summary>
internal static class AmqpValueReader
{
    public static AmqpValue Read(in AmqpView view, int depth)
    {
        if (depth <= 0)
        {
            throw AmqpFault.Depth(AmqpReader.MaxDepth);
        }

        switch (view.Type)
        {
            case AmqpType.Null:
                return default;
            case AmqpType.Boolean:
                return view.AsBoolean();
            case AmqpType.UByte or AmqpType.UShort or AmqpType.UInt or AmqpType.Byte or AmqpType.Short or AmqpType.Int or AmqpType.Long:
                view.TryGetInteger(out var integer);
                return new AmqpValue(view.Type, integer, null);
            case AmqpType.ULong:
                return view.AsULong();
            case AmqpType.Float or AmqpType.Decimal32:
                return new AmqpValue(view.Type, BinaryPrimitives.ReadInt32BigEndian(view.Content), null);
            case AmqpType.Char:
                return AmqpValue.Char(BinaryPrimitives.ReadUInt32BigEndian(view.Content));
            case AmqpType.Double or AmqpType.Decimal64 or AmqpType.Timestamp:
                return new AmqpValue(view.Type, BinaryPrimitives.ReadInt64BigEndian(view.Content), null);
            case AmqpType.Uuid:
                return view.AsUuid();
            case AmqpType.Decimal128 or AmqpType.Binary:
                return new AmqpValue(view.Type, 0, view.Content.ToArray());
            case AmqpType.String or AmqpType.Symbol:
                return new AmqpValue(view.Type, 0, view.AsText());
            case AmqpType.List:
                return new AmqpValue(view.Type, 0, Items(view.AsList(), depth - 1));
            case AmqpType.Array:
                return Array(view.AsArray(), depth - 1);
            case AmqpType.Map:
                return Map(view.AsMap(), depth - 1);
            default:
                var value = view.AsDescribed(out var descriptor);
                return new AmqpDescribed(Read(descriptor, depth - 1), Read(value, depth - 1));
        }
    }

    public static AmqpMap Map(AmqpMapView view, int depth)
    {
        var map = new AmqpMap();
        while (view.TryNext(out var key, out var value))
        {
            map.Add(Read(key, depth), Read(value, depth));
        }

        return map;
    }

    private static AmqpValue[] Items(AmqpListView view, int depth)
    {
        var items = new AmqpValue[view.Left];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Read(view.Next(), depth);
        }

        view.Next();
        return items;
    }

    private static AmqpValue Array(AmqpArrayView view, int depth)
    {
        var items = new AmqpValue[view.Left];
        var type = view.ElementType;
        for (var i = 0; view.TryNext(out var item); i++)
        {
            items[i] = Read(item, depth);
        }

        return new AmqpValue(AmqpType.Array, (long)type, items);
    }
}
