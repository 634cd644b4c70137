using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Client;

/// <summary>Opens the byte stream that MQTT or AMQP runs over: TCP, TLS or a WebSocket.</summary>
/// <param name="hostName">The hub's name, for TLS and <c>Host</c>.</param>
/// <param name="transport">How to connect.</param>
/// <param name="endpoint">Where to connect.</param>
/// <param name="roots">The authorities to trust in place of the system's.</param>
/// <param name="certificate">The device's certificate.</param>
internal sealed class StreamConnector(
    string hostName, ClientTransport transport, ClientEndpoint endpoint, X509Certificate2Collection? roots, X509Certificate2? certificate)
{
    /// <summary>Gets where a WebSocket is asked for; an Event Hubs namespace has a path of its own (wire facts 1.2, 1.4).</summary>
    public string WebSocketPath { get; init; } = "/$iothub/websocket";

    /// <summary>Gets what is sent with the device's certificate; <see langword="null"/> for nothing.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    public string Host => endpoint.Host ?? hostName;

    public int Port => endpoint.Port ?? transport switch
    {
        ClientTransport.MqttPlain => 1883,
        ClientTransport.MqttWebSocket or ClientTransport.AmqpWebSocket => 443,
        ClientTransport.Amqp => 5671,
        ClientTransport.AmqpPlain => 5672,
        _ => 8883,
    };

    public async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (transport is ClientTransport.MqttWebSocket or ClientTransport.AmqpWebSocket)
        {
            return await ConnectWebSocketAsync(cancellationToken).ConfigureAwait(false);
        }

        var stream = await ConnectTcpAsync(cancellationToken).ConfigureAwait(false);
        if (transport is ClientTransport.MqttPlain or ClientTransport.AmqpPlain)
        {
            return stream;
        }

        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(ClientTrust.CreateOptions(hostName, roots, certificate, Intermediates), cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<Stream> ConnectTcpAsync(CancellationToken cancellationToken)
    {
        // Small packets wait for nothing: writes are coalesced before they reach the socket.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(Host, Port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> ConnectWebSocketAsync(CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => await ConnectTcpAsync(token).ConfigureAwait(false),
            SslOptions = ClientTrust.CreateOptions(hostName, roots, certificate, Intermediates),
            UseProxy = false,
        };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol(transport == ClientTransport.AmqpWebSocket ? "AMQPWSB10" : "mqtt");

            // MQTT and AMQP keep the connection alive themselves.
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            await socket.ConnectAsync(new Uri($"wss://{hostName}{WebSocketPath}"), invoker, cancellationToken).ConfigureAwait(false);
            return new WebSocketByteStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
