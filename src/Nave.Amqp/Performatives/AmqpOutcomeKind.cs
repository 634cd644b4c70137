namespace Nave.Amqp;

/// <summary>What became of a delivery.</summary>
public enum AmqpOutcomeKind : byte
{
    /// <summary>Nothing was said: the link went away first, or the delivery was settled without a state.</summary>
    Unknown,
    Accepted,
    Rejected,
    Released,
    Modified,
}
