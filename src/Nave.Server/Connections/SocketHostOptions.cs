using System.Net;

namespace Nave.Server.Connections;

/// <summary>How a <see cref="SocketHost"/> accepts; validated by the head that makes it.</summary>
internal sealed record SocketHostOptions
{
    /// <summary>Gets the name of the event loops' threads; a number follows.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the address to listen on; <see langword="null"/> = every address, IPv4 and IPv6.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets the port for TLS, 0 = any free one, <see langword="null"/> = none.</summary>
    public int? TlsPort { get; init; }

    /// <summary>Gets the port without TLS, 0 = any free one, <see langword="null"/> = none.</summary>
    public int? PlainPort { get; init; }

    /// <summary>Gets the number of event loop threads for plain TCP; 0 = a quarter of the cores, at least one.</summary>
    public int Loops { get; init; }

    /// <summary>Gets how long a peer has for the TLS handshake.</summary>
    public required TimeSpan HandshakeTimeout { get; init; }

    /// <summary>Gets what one connection may cost.</summary>
    public required ConnectionLimits Limits { get; init; }
}
