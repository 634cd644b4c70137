namespace Nave.Server.Amqp;

/// <summary>The ports that were bound.</summary>
/// <param name="Tls">The port for TLS, or <see langword="null"/>.</param>
/// <param name="Plain">The port without TLS, or <see langword="null"/>.</param>
public sealed record AmqpPorts(int? Tls, int? Plain);
