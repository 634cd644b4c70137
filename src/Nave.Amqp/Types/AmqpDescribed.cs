namespace Nave.Amqp;

/// <summary>A described value, such as a filter.</summary>
/// <param name="Descriptor">A ulong or a symbol; from some clients anything else.</param>
/// <param name="Value">What it describes.</param>
public sealed record AmqpDescribed(AmqpValue Descriptor, AmqpValue Value);
