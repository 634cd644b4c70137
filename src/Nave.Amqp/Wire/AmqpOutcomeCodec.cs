namespace Nave.Amqp.Wire;

/// <summary>Delivery states. Known ones without content are shared objects, so that acknowledging allocates nothing.</summary>
internal static class AmqpOutcomeCodec
{
    /// <summary>Reads a delivery state; null for none, and for "received" and unknown ones, which decide nothing.</summary>
    public static AmqpOutcome? Read(AmqpView view)
    {
        if (view.IsNull)
        {
            return null;
        }

        var value = view.AsDescribed(out var descriptor);
        switch (Descriptor.CodeOf(descriptor))
        {
            case Descriptor.Accepted:
                return AmqpOutcome.Accepted;
            case Descriptor.Released:
                return AmqpOutcome.Released;
            case Descriptor.Rejected:
                var rejected = value.AsList();
                return AmqpOutcome.Rejected(AmqpErrorCodec.Read(rejected.Next()));
            case Descriptor.Modified:
                var modified = value.AsList();
                return AmqpOutcome.Modified(modified.BooleanOr(false), modified.BooleanOr(false), modified.Map());
            default:
                return null;
        }
    }

    public static void Write(AmqpWriter writer, AmqpOutcome outcome)
    {
        switch (outcome.Kind)
        {
            case AmqpOutcomeKind.Accepted:
                writer.Descriptor(Descriptor.Accepted);
                writer.Code(FormatCode.List0);
                break;
            case AmqpOutcomeKind.Released:
                writer.Descriptor(Descriptor.Released);
                writer.Code(FormatCode.List0);
                break;
            case AmqpOutcomeKind.Rejected:
                writer.Descriptor(Descriptor.Rejected);
                var rejected = writer.BeginList();
                AmqpErrorCodec.Write(writer, outcome.Error);
                writer.End(rejected, 1);
                break;
            case AmqpOutcomeKind.Modified:
                writer.Descriptor(Descriptor.Modified);
                var modified = writer.BeginList();
                writer.Boolean(outcome.DeliveryFailed);
                writer.Boolean(outcome.UndeliverableHere);
                writer.Map(outcome.Annotations);
                writer.End(modified, 3);
                break;
            default:
                writer.Null();
                break;
        }
    }
}
