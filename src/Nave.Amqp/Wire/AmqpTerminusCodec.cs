namespace Nave.Amqp.Wire;

/// <summary>Sources and targets, with all their fields (wire facts 5.2.1). AMQP 1.0 part 3, 3.5.3 and 3.5.4.</summary>
internal static class AmqpTerminusCodec
{
    public static AmqpSource? ReadSource(AmqpView view)
    {
        if (view.IsNull)
        {
            return null;
        }

        var list = view.AsDescribed(out var descriptor).AsList();
        if (Descriptor.CodeOf(descriptor) != Descriptor.Source)
        {
            throw AmqpFault.InvalidField("A described value stands where a source is required.");
        }

        return new AmqpSource
        {
            Address = Address(list.Next()),
            Durable = list.UIntOr(0),
            ExpiryPolicy = list.Text(),
            Timeout = list.UIntOr(0),
            IsDynamic = list.BooleanOr(false),
            DynamicNodeProperties = list.Map(),
            DistributionMode = list.Text(),
            Filter = list.Map(),
            DefaultOutcome = list.Next().ToValue(),
            Outcomes = list.Symbols(),
            Capabilities = list.Symbols(),
        };
    }

    public static AmqpTarget? ReadTarget(AmqpView view)
    {
        if (view.IsNull)
        {
            return null;
        }

        var list = view.AsDescribed(out var descriptor).AsList();
        if (Descriptor.CodeOf(descriptor) != Descriptor.Target)
        {
            // The coordinator of transactions (part 4, 4.5.1) or somebody's own: the link is refused, the rest of the connection goes on.
            return new AmqpTarget { IsOfOtherKind = true };
        }

        return new AmqpTarget
        {
            Address = Address(list.Next()),
            Durable = list.UIntOr(0),
            ExpiryPolicy = list.Text(),
            Timeout = list.UIntOr(0),
            IsDynamic = list.BooleanOr(false),
            DynamicNodeProperties = list.Map(),
            Capabilities = list.Symbols(),
        };
    }

    public static void Write(AmqpWriter writer, AmqpSource? source)
    {
        if (source is null)
        {
            writer.Null();
            return;
        }

        writer.Descriptor(Descriptor.Source);
        var start = writer.BeginList();
        writer.String(source.Address);
        writer.UInt(source.Durable);
        writer.Symbol(source.ExpiryPolicy);
        writer.UInt(source.Timeout);
        writer.Boolean(source.IsDynamic);
        writer.Map(source.DynamicNodeProperties);
        writer.Symbol(source.DistributionMode);
        writer.Map(source.Filter);
        writer.Value(source.DefaultOutcome);
        writer.Symbols(source.Outcomes);
        writer.Symbols(source.Capabilities);
        writer.End(start, 11);
    }

    public static void Write(AmqpWriter writer, AmqpTarget? target)
    {
        if (target is null)
        {
            writer.Null();
            return;
        }

        writer.Descriptor(Descriptor.Target);
        var start = writer.BeginList();
        writer.String(target.Address);
        writer.UInt(target.Durable);
        writer.Symbol(target.ExpiryPolicy);
        writer.UInt(target.Timeout);
        writer.Boolean(target.IsDynamic);
        writer.Map(target.DynamicNodeProperties);
        writer.Symbols(target.Capabilities);
        writer.End(start, 7);
    }

    // The specification leaves the type open; nobody uses another than a string.
    private static string? Address(AmqpView view) => view.IsNull ? null : view.AsText();
}
