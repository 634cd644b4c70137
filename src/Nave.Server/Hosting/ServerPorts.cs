namespace Nave.Server.Hosting;

/// <summary>The ports that a server listens on; <see langword="null"/> = that head is not on.</summary>
public sealed record ServerPorts(int Https, int Mqtt, int? MqttPlain, int? Amqp, int? AmqpPlain);
