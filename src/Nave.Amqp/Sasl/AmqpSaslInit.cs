namespace Nave.Amqp;

/// <summary>What a client chose. AMQP 1.0 part 5, 5.3.3.2.</summary>
/// <param name="Mechanism">One of those that were offered.</param>
/// <param name="InitialResponse">Its first message; may be empty. May hold a secret: never log it.</param>
/// <param name="HostName">The host that the client wants, or null.</param>
public sealed record AmqpSaslInit(string Mechanism, byte[] InitialResponse, string? HostName);
