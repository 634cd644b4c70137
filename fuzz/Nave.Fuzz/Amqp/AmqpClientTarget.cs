namespace Nave.Fuzz.Amqp;

/// <summary>The client's side.</summary>
internal sealed class AmqpClientTarget() : AmqpEngineTarget("amqp-client", isServer: false);
