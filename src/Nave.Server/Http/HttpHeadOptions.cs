using System.Net;

namespace Nave.Server.Http;

/// <summary>The HTTPS port and its limits.</summary>
public sealed record HttpHeadOptions
{
    /// <summary>Gets where to listen. Port 0 = any free one.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Gets the most connections at a time; further ones are closed at once.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Gets the largest body: 100 bulk entries with full twins (8 KiB tags + 32 KiB desired) and their overhead.</summary>
    public int MaxBodyBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Gets how long a TLS handshake may take. Kestrel's own default.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
