namespace Nave.Server.Connections;

/// <summary>What carries a connection.</summary>
internal enum SocketTransport
{
    /// <summary>TCP without TLS.</summary>
    Plain,

    /// <summary>TLS over TCP.</summary>
    Tls,

    /// <summary>A WebSocket over HTTPS.</summary>
    WebSocket,
}
