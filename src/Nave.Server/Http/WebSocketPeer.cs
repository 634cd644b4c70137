using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Server.Http;

/// <summary>Who is at the other end of a WebSocket.</summary>
internal readonly record struct WebSocketPeer(IPAddress? Address, X509Certificate2? Certificate, X509Certificate2Collection? Chain);
