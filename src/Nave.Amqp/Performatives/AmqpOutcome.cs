namespace Nave.Amqp;

/// <summary>What became of a delivery. AMQP 1.0 part 3, 3.4.</summary>
public sealed record AmqpOutcome
{
    /// <summary>Nothing was said: the link went away first, or the delivery was settled without a state.</summary>
    public static readonly AmqpOutcome Unknown = new() { Kind = AmqpOutcomeKind.Unknown };

    /// <summary>Taken: a complete.</summary>
    public static readonly AmqpOutcome Accepted = new() { Kind = AmqpOutcomeKind.Accepted };

    /// <summary>Not taken, may be delivered again: an abandon.</summary>
    public static readonly AmqpOutcome Released = new() { Kind = AmqpOutcomeKind.Released };

    private AmqpOutcome()
    {
    }

    /// <summary>Gets what it is.</summary>
    public AmqpOutcomeKind Kind { get; private init; }

    /// <summary>Gets why a rejected delivery was, or null.</summary>
    public AmqpError? Error { get; private init; }

    /// <summary>Gets a value indicating whether a modified delivery counts as a failed one.</summary>
    public bool DeliveryFailed { get; private init; }

    /// <summary>Gets a value indicating whether a modified delivery must not come here again.</summary>
    public bool UndeliverableHere { get; private init; }

    /// <summary>Gets the message annotations of a modified delivery, or null.</summary>
    public AmqpMap? Annotations { get; private init; }

    /// <summary>Refused for good.</summary>
    public static AmqpOutcome Rejected(AmqpError? error) => new() { Kind = AmqpOutcomeKind.Rejected, Error = error };

    /// <summary>Not taken, with changes.</summary>
    public static AmqpOutcome Modified(bool deliveryFailed, bool undeliverableHere, AmqpMap? annotations = null) => new()
    {
        Kind = AmqpOutcomeKind.Modified,
        DeliveryFailed = deliveryFailed,
        UndeliverableHere = undeliverableHere,
        Annotations = annotations,
    };
}
