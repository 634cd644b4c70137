namespace Nave.Fuzz.Amqp;

/// <summary>The server's side.</summary>
internal sealed class AmqpServerTarget() : AmqpEngineTarget("amqp-server", isServer: true);
