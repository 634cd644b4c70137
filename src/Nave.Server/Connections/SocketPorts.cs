namespace Nave.Server.Connections;

/// <summary>The ports that a head bound.</summary>
/// <param name="Tls">The port for TLS, or <see langword="null"/>.</param>
/// <param name="Plain">The port without TLS, or <see langword="null"/>.</param>
public sealed record SocketPorts(int? Tls, int? Plain);
