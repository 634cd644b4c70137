namespace Nave.Amqp.Tests;

/// <summary>What became of a delivery, as the sender was told.</summary>
internal sealed record Outcome(uint Id, object? State, AmqpOutcome What, bool Settled);
