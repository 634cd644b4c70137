namespace Nave.Amqp.Wire;

/// <summary>The properties section. AMQP 1.0 part 3, 3.2.4.</summary>
internal static class AmqpPropertiesCodec
{
    public static AmqpProperties Read(AmqpListView list) => new()
    {
        MessageId = Id(list.Next()),
        UserId = Binary(list.Next()),
        To = Utf8(list.Next()),
        Subject = Utf8(list.Next()),
        ReplyTo = Utf8(list.Next()),
        CorrelationId = Id(list.Next()),
        ContentType = Utf8(list.Next()),
        ContentEncoding = Utf8(list.Next()),
        AbsoluteExpiryTime = list.Timestamp(),
        CreationTime = list.Timestamp(),
        GroupId = Utf8(list.Next()),
        GroupSequence = list.UInt(),
        ReplyToGroupId = Utf8(list.Next()),
    };

    public static void Write(AmqpWriter writer, scoped in AmqpPropertiesFields fields)
    {
        var count = Count(fields);
        if (count == 0)
        {
            return;
        }

        writer.Descriptor(Descriptor.Properties);
        var start = writer.BeginList();
        for (var i = 0; i < count; i++)
        {
            Field(writer, fields, i);
        }

        writer.End(start, count);
    }

    // Up to the last field that is there.
    private static int Count(scoped in AmqpPropertiesFields fields) =>
        fields.CreationTime is not null ? 10
        : fields.AbsoluteExpiryTime is not null ? 9
        : !fields.ContentEncoding.IsEmpty ? 8
        : !fields.ContentType.IsEmpty ? 7
        : !fields.CorrelationId.IsNull || !fields.CorrelationIdText.IsEmpty ? 6
        : !fields.ReplyTo.IsEmpty ? 5
        : !fields.Subject.IsEmpty ? 4
        : !fields.To.IsEmpty ? 3
        : !fields.UserId.IsEmpty ? 2
        : !fields.MessageId.IsNull || !fields.MessageIdText.IsEmpty ? 1
        : 0;

    private static void Field(AmqpWriter writer, scoped in AmqpPropertiesFields fields, int index)
    {
        switch (index)
        {
            case 0:
                WriteId(writer, fields.MessageIdText, fields.MessageId);
                break;
            case 1 when !fields.UserId.IsEmpty:
                writer.Binary(fields.UserId);
                break;
            case 2:
                WriteText(writer, fields.To);
                break;
            case 3:
                WriteText(writer, fields.Subject);
                break;
            case 4:
                WriteText(writer, fields.ReplyTo);
                break;
            case 5:
                WriteId(writer, fields.CorrelationIdText, fields.CorrelationId);
                break;
            case 6 when !fields.ContentType.IsEmpty:
                writer.Symbol(fields.ContentType);
                break;
            case 7 when !fields.ContentEncoding.IsEmpty:
                writer.Symbol(fields.ContentEncoding);
                break;
            case 8 when fields.AbsoluteExpiryTime is { } expiry:
                writer.Timestamp(expiry);
                break;
            case 9 when fields.CreationTime is { } creation:
                writer.Timestamp(creation);
                break;
            default:
                writer.Null();
                break;
        }
    }

    private static void WriteId(AmqpWriter writer, ReadOnlySpan<byte> text, AmqpValue value)
    {
        if (text.IsEmpty)
        {
            writer.Value(value);
        }
        else
        {
            writer.String(text);
        }
    }

    private static void WriteText(AmqpWriter writer, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            writer.Null();
        }
        else
        {
            writer.String(text);
        }
    }

    private static AmqpView Id(AmqpView view)
    {
        switch (view.Type)
        {
            case AmqpType.String:
                view.Utf8();
                return view;
            case AmqpType.Null or AmqpType.ULong or AmqpType.Uuid or AmqpType.Binary:
                return view;
            default:
                throw AmqpFault.WrongType(view.Type, "a message id (string, ulong, uuid or binary)");
        }
    }

    private static ReadOnlySpan<byte> Utf8(AmqpView view) => view.IsNull ? default : view.Utf8();

    private static ReadOnlySpan<byte> Binary(AmqpView view) => view.IsNull ? default : view.AsBinary();
}
