using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Nave.Api;

namespace Nave.Server.Http;

/// <summary>Upgrades <c>/$iothub/websocket</c> and hands the socket to the head that the sub-protocol names.</summary>
/// <param name="runMqtt">Serves one MQTT connection until it ends.</param>
internal sealed class WebSocketDoor(Func<WebSocket, X509Certificate2Collection, Task> runMqtt)
{
    private const string Mqtt = "mqtt";

    /// <summary>Serves one request.</summary>
    public async Task RunAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await HttpErrors.WriteAsync(context, new HubError(HubErrorCode.GenericBadRequest, "This path takes WebSocket upgrades only."));
            return;
        }

        // The C SDK writes MQTT in capitals and wants its own spelling back.
        var offered = context.WebSockets.WebSocketRequestedProtocols;
        var protocol = offered.FirstOrDefault(p => p.Equals(Mqtt, StringComparison.OrdinalIgnoreCase));
        if (protocol is null)
        {
            await HttpErrors.WriteAsync(context, new HubError(
                HubErrorCode.GenericBadRequest, $"The WebSocket sub-protocol is '{string.Join(", ", offered)}'; 'mqtt' is permitted."));
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        await runMqtt(socket, HubRoutes.ClientChain(context));
    }
}
