namespace Nave.Amqp.Wire;

/// <summary>An error: condition, description, info.</summary>
internal static class AmqpErrorCodec
{
    public static AmqpError? Read(AmqpView view)
    {
        if (view.IsNull)
        {
            return null;
        }

        var list = view.AsDescribed(out var descriptor).AsList();
        return Descriptor.CodeOf(descriptor) == Descriptor.Error
            ? new AmqpError(list.TextRequired("condition"), list.Text(), list.Map())
            : throw AmqpFault.Decode("A described value stands where an error is required.");
    }

    public static void Write(AmqpWriter writer, AmqpError? error)
    {
        if (error is null)
        {
            writer.Null();
            return;
        }

        writer.Descriptor(Descriptor.Error);
        var start = writer.BeginList();
        writer.Symbol(error.Condition);
        writer.String(error.Description);
        writer.Map(error.Info);
        writer.End(start, 3);
    }
}
