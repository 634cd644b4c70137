using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Nave.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

/// <summary>A client that says exactly what a test wants, and reads packet by packet.</summary>
internal sealed class MqttTestClient : IAsyncDisposable
{
    private readonly MqttVersion _version;
    private Stream _stream;
    private byte[] _received = [];

    private MqttTestClient(Socket socket, MqttVersion version)
    {
        Socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _version = version;
    }

    private delegate T Decoder<T>(in MqttFrame frame);

    public Socket Socket { get; }

    public static async Task<MqttTestClient> OpenAsync(int port, MqttVersion version)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return new MqttTestClient(socket, version);
    }

    public async Task UpgradeAsync(SslClientAuthenticationOptions options)
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(options);
        _stream = tls;
    }

    public async Task SendAsync(params byte[] bytes) => await _stream.WriteAsync(bytes);

    public Task SendAsync(MqttConnect connect) => SendAsync(Encode(connect.Encode));

    public Task SubscribeAsync(ushort packetId, params (string Filter, MqttQos Qos)[] subscriptions) => SendAsync(Subscribe(packetId, subscriptions));

    public byte[] Subscribe(ushort packetId, params (string Filter, MqttQos Qos)[] subscriptions) => Encode(output => new MqttSubscribe
    {
        PacketId = packetId,
        Subscriptions = [.. subscriptions.Select(s => new MqttSubscription(s.Filter, s.Qos))],
    }.Encode(output, _version));

    public Task UnsubscribeAsync(ushort packetId, params string[] filters) => SendAsync(
        Encode(output => new MqttUnsubscribe { PacketId = packetId, Filters = filters }.Encode(output, _version)));

    public Task PublishAsync(string topic, string payload, MqttQos qos = MqttQos.AtMostOnce, ushort packetId = 0, bool retain = false, bool duplicate = false) =>
        SendAsync(Publish(topic, Encoding.UTF8.GetBytes(payload), qos, packetId, retain, duplicate));

    public byte[] Publish(string topic, byte[] payload, MqttQos qos = MqttQos.AtMostOnce, ushort packetId = 0, bool retain = false, bool duplicate = false) =>
        Encode(output => new MqttPublish
        {
            Topic = Encoding.UTF8.GetBytes(topic), Payload = payload, Qos = qos, PacketId = packetId, Retain = retain, Duplicate = duplicate,
        }.Encode(output, _version, MqttSender.Client));

    public Task AcknowledgeAsync(ushort packetId)
    {
        var bytes = new byte[MqttAck.PubAckSize];
        MqttAck.WritePubAck(bytes, packetId);
        return SendAsync(bytes);
    }

    public Task DisconnectAsync() => SendAsync(0xE0, 0x00);

    public async Task<MqttConnAck> ExpectConnAckAsync()
    {
        var packet = await ExpectAsync(MqttPacketType.ConnAck);
        return Decode(packet, (in MqttFrame frame) => MqttConnAck.Decode(frame, _version));
    }

    public async Task<MqttSubAck> ExpectSubAckAsync()
    {
        var packet = await ExpectAsync(MqttPacketType.SubAck);
        return Decode(packet, (in MqttFrame frame) => MqttSubAck.Decode(frame, _version));
    }

    public async Task<ushort> ExpectPubAckAsync()
    {
        var packet = await ExpectAsync(MqttPacketType.PubAck);
        return Decode(packet, (in MqttFrame frame) => MqttAck.Decode(frame, _version).PacketId);
    }

    public async Task<MqttDisconnect> ExpectDisconnectAsync()
    {
        var packet = await ExpectAsync(MqttPacketType.Disconnect);
        return Decode(packet, (in MqttFrame frame) => MqttDisconnect.Decode(frame, _version, MqttSender.Server));
    }

    public async Task<ReceivedMessage> ExpectMessageAsync()
    {
        var packet = await ExpectAsync(MqttPacketType.Publish);
        return Decode(packet, (in MqttFrame frame) =>
        {
            var publish = MqttPublish.Decode(frame, _version, MqttSender.Server);
            return new ReceivedMessage(Encoding.UTF8.GetString(publish.Topic), Encoding.UTF8.GetString(publish.Payload), publish.Qos, publish.PacketId);
        });
    }

    /// <summary>Asks for a PINGRESP: everything sent before was handled, and nothing else came.</summary>
    public async Task PingAsync()
    {
        await SendAsync(0xC0, 0x00);
        await ExpectAsync(MqttPacketType.PingResp);
    }

    public async Task<byte[]> ExpectAsync(MqttPacketType type)
    {
        var packet = await ReadAsync() ?? throw new EndOfStreamException($"The server closed the connection instead of sending {type}.");
        Assert.Equal(type, (MqttPacketType)(packet[0] >> 4));
        return packet;
    }

    public async Task<byte[]> ExpectAnyAsync() =>
        await ReadAsync() ?? throw new EndOfStreamException("The server closed the connection.");

    /// <summary>Whether a connection that has sent its CONNECT is answered and then left alone for a moment.</summary>
    public async Task<bool> SurvivesAsync()
    {
        if (await ReadAsync() is null)
        {
            return false;
        }

        // A connection that was taken over ends; the one that was not says nothing until it is asked.
        var next = ReadAsync();
        var first = await Task.WhenAny(next, Task.Delay(TimeSpan.FromSeconds(1)));
        if (first == next)
        {
            return await next is not null;
        }

        await SendAsync(0xC0, 0x00);
        return await next is { } packet && (MqttPacketType)(packet[0] >> 4) == MqttPacketType.PingResp;
    }

    public async Task ExpectCloseAsync()
    {
        var packet = await ReadAsync();
        Assert.True(packet is null, $"A packet of type {packet?[0] >> 4} came instead of the end.");
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static T Decode<T>(byte[] packet, Decoder<T> decode)
    {
        ReadOnlySpan<byte> rest = packet;
        Assert.True(MqttFrame.TryRead(ref rest, MqttFrame.MaxPacketSize, out var frame));
        return decode(frame);
    }

    private static byte[] Encode(Action<IBufferWriter<byte>> encode)
    {
        var output = new ArrayBufferWriter<byte>();
        encode(output);
        return output.WrittenSpan.ToArray();
    }

    // The next packet, or null at the end of the stream.
    private async Task<byte[]?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            if (MqttFrame.TryReadHeader(_received, MqttFrame.MaxPacketSize, out _, out var length) && _received.Length >= length)
            {
                var packet = _received[..length];
                _received = _received[length..];
                return packet;
            }

            int count;
            try
            {
                count = await _stream.ReadAsync(buffer, deadline.Token);
            }
            catch (IOException)
            {
                count = 0;
            }

            if (count == 0)
            {
                return null;
            }

            _received = [.. _received, .. buffer[..count]];
        }
    }
}
