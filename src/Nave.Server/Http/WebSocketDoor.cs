using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Nave.Api;

namespace Nave.Server.Http;

/// <summary>Upgrades WebSockets and hands them to the head that the sub-protocol names. Source: wire facts 1.2 to 1.4.</summary>
/// <param name="runMqtt">Serves one MQTT connection until it ends.</param>
/// <param name="runAmqp">Serves one AMQP connection until it ends.</param>
internal sealed class WebSocketDoor(
    Func<WebSocket, X509Certificate2Collection, Task> runMqtt, Func<WebSocket, X509Certificate2Collection, Task> runAmqp)
{
    private const string Mqtt = "mqtt";
    private const string Amqp = "AMQPWSB10";

    /// <summary>Gets the paths: devices and services of a hub, the Event Hubs-compatible endpoint, and where the .NET provisioning client goes.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["/$iothub/websocket", "/$servicebus/websocket", "/"];

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
        var protocol = offered.FirstOrDefault(p => p.Equals(Mqtt, StringComparison.OrdinalIgnoreCase) || p.Equals(Amqp, StringComparison.OrdinalIgnoreCase));
        if (protocol is null)
        {
            await HttpErrors.WriteAsync(context, new HubError(
                HubErrorCode.GenericBadRequest, $"The WebSocket sub-protocol is '{string.Join(", ", offered)}'; '{Mqtt}' and '{Amqp}' are permitted."));
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        var run = protocol.Equals(Mqtt, StringComparison.OrdinalIgnoreCase) ? runMqtt : runAmqp;
        await run(socket, HubRoutes.ClientChain(context));
    }
}
