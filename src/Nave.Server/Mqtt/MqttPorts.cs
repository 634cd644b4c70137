namespace Nave.Server.Mqtt;

/// <summary>The ports that were bound.</summary>
/// <param name="Tls">The port for TLS, or <see langword="null"/>.</param>
/// <param name="Plain">The port without TLS, or <see langword="null"/>.</param>
public sealed record MqttPorts(int? Tls, int? Plain);
