using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Nave.Mqtt;

namespace Nave.Server.Tests.Mqtt;

public sealed class MqttWebSocketTests : IAsyncLifetime
{
    private MqttTestHub _hub = null!;

    [Fact]
    public async Task Packets_may_span_messages_and_share_them()
    {
        var device = await _hub.CreateAsync("d1");
        var (client, served) = await OpenAsync();
        var output = new ArrayBufferWriter<byte>();
        _hub.Connect(device).Encode(output);
        await using var shape = await _hub.OpenAsync();
        byte[] bytes = [.. output.WrittenSpan, .. shape.Publish("devices/d1/messages/events/", "over a socket"u8.ToArray(), MqttQos.AtLeastOnce, 5), 0xC0, 0x00];
        foreach (var piece in bytes.Chunk(7))
        {
            await client.SendAsync(piece.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, Token);
        }

        var received = new List<byte>();
        var buffer = new byte[1024];
        while (received.Count < 4 + 4 + 2)
        {
            var result = await client.ReceiveAsync(buffer.AsMemory(), Token);
            Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
            received.AddRange(buffer[..result.Count]);
        }

        Assert.Equal([0x20, 0x02, 0x00, 0x00], received[..4]);
        Assert.Single(await _hub.ReadTelemetryAsync());
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        await served.WaitAsync(Nave.Testing.TestDeadline.Default, Token);
        Assert.Equal(0, _hub.Hub.Connections.Count);
    }

    [Fact]
    public async Task A_text_message_ends_the_connection()
    {
        var (client, served) = await OpenAsync();
        await client.SendAsync("hello"u8.ToArray().AsMemory(), WebSocketMessageType.Text, endOfMessage: true, Token);
        await served.WaitAsync(Nave.Testing.TestDeadline.Default, Token);
        client.Dispose();
    }

    public async ValueTask InitializeAsync() => _hub = await MqttTestHub.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // A socket as the HTTP head hands it over, and the task that serves it.
    private async Task<(WebSocket Client, Task Served)> OpenAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndPoint!, Token);
        var far = await listener.AcceptAsync(Token);
        var server = WebSocket.CreateFromStream(new NetworkStream(far, ownsSocket: true), new WebSocketCreationOptions { IsServer = true });
        var client = WebSocket.CreateFromStream(new NetworkStream(near, ownsSocket: true), new WebSocketCreationOptions());
        return (client, _hub.Head.RunAsync(server, []));
    }
}
