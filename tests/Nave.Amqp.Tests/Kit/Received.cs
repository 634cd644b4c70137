namespace Nave.Amqp.Tests;

/// <summary>A delivery, copied.</summary>
internal sealed record Received(AmqpReceiverLink Link, uint Id, byte[] Tag, uint Format, bool Settled, byte[] Payload);
