using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Nave.Mqtt;

namespace Nave.Client.Tests.Fakes;

/// <summary>One connection at the fake hub: its packets in order, and bytes to send back.</summary>
internal sealed class FakeConnection(Stream stream) : IDisposable
{
    private readonly Stream _stream = stream;
    private readonly Channel<FakePacket> _packets = Channel.CreateBounded<FakePacket>(200_000);
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _length;

    public MqttConnect? Connect { get; private set; }

    /// <summary>Gets or sets what the client proved itself with in TLS.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Gets how many reads brought the packets: fewer than packets when writes are coalesced.</summary>
    public int Reads { get; private set; }

    public async Task<bool> StartAsync(MqttReason answer)
    {
        while (!TryTake(frame => Connect = MqttConnect.Decode(frame)))
        {
            if (!await FillAsync())
            {
                return false;
            }
        }

        await SendAsync(output => new MqttConnAck { Reason = answer }.Encode(output, MqttVersion.V311));
        _ = ReadAsync();
        return true;
    }

    /// <summary>Gives the next packet but PINGREQ.</summary>
    public async Task<FakePacket> NextAsync()
    {
        while (true)
        {
            var packet = await _packets.Reader.ReadAsync().AsTask().WaitAsync(Deadline.Default);
            if (packet.Type != MqttPacketType.PingReq)
            {
                return packet;
            }
        }
    }

    /// <summary>Gives the next packet, pings too; <see langword="null"/> when the client is gone.</summary>
    public async Task<FakePacket?> NextOrEndAsync()
    {
        try
        {
            return await _packets.Reader.ReadAsync().AsTask().WaitAsync(Deadline.Default);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public async Task SendAsync(Action<IBufferWriter<byte>> encode, bool byteByByte = false)
    {
        var output = new ArrayBufferWriter<byte>();
        encode(output);
        var step = byteByByte ? 1 : output.WrittenCount;
        for (var i = 0; i < output.WrittenCount; i += step)
        {
            await _stream.WriteAsync(output.WrittenMemory.Slice(i, step));
        }
    }

    public Task AcknowledgeAsync(params ushort[] ids) => SendAsync(output =>
    {
        foreach (var id in ids)
        {
            output.Advance(MqttAck.WritePubAck(output.GetSpan(MqttAck.PubAckSize), id));
        }
    });

    public Task PublishAsync(string topic, string payload, ushort packetId = 0, bool byteByByte = false) => SendAsync(
        output => new MqttPublish
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = Encoding.UTF8.GetBytes(payload),
            PacketId = packetId,
            Qos = packetId == 0 ? MqttQos.AtMostOnce : MqttQos.AtLeastOnce,
        }.Encode(output, MqttVersion.V311, MqttSender.Server),
        byteByByte);

    /// <summary>Waits for SUBSCRIBE and grants it.</summary>
    public async Task<string[]> GrantAsync(MqttReason reason = MqttReason.Success)
    {
        var packet = await NextAsync();
        Assert.Equal(MqttPacketType.Subscribe, packet.Type);
        await SendAsync(output => new MqttSubAck { PacketId = packet.PacketId, Reasons = [.. packet.Filters.Select(_ => reason)] }.Encode(output, MqttVersion.V311));
        return packet.Filters;
    }

    public void Close() => Dispose();

    public void Dispose() => _stream.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            do
            {
                while (TryTake(Store))
                {
                }
            }
            while (await FillAsync());
            _packets.Writer.TryComplete();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _packets.Writer.TryComplete();
        }
        catch (Exception e)
        {
            // What the client sent is malformed: the test that waits for it must see why.
            _packets.Writer.TryComplete(e);
        }
    }

    private void Store(MqttFrame frame)
    {
        var packet = frame.Type switch
        {
            MqttPacketType.Publish => FromPublish(MqttPublish.Decode(frame, MqttVersion.V311, MqttSender.Client)),
            MqttPacketType.PubAck => new FakePacket(frame.Type, MqttAck.Decode(frame, MqttVersion.V311).PacketId, string.Empty, [], false, []),
            MqttPacketType.Subscribe => FromSubscribe(MqttSubscribe.Decode(frame, MqttVersion.V311)),
            _ => new FakePacket(frame.Type, 0, string.Empty, [], false, []),
        };
        Assert.True(_packets.Writer.TryWrite(packet));
    }

    private static FakePacket FromPublish(MqttPublish publish) => new(
        MqttPacketType.Publish, publish.PacketId, Encoding.UTF8.GetString(publish.Topic), publish.Payload.ToArray(), publish.Duplicate, []);

    private static FakePacket FromSubscribe(MqttSubscribe subscribe) => new(
        MqttPacketType.Subscribe, subscribe.PacketId, string.Empty, [], false, [.. subscribe.Subscriptions.Select(s => s.Filter)]);

    private bool TryTake(FrameAction action)
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(0, _length);
        if (!MqttFrame.TryRead(ref rest, _buffer.Length, out var frame))
        {
            return false;
        }

        action(frame);
        rest.CopyTo(_buffer);
        _length = rest.Length;
        return true;
    }

    private async Task<bool> FillAsync()
    {
        var count = await _stream.ReadAsync(_buffer.AsMemory(_length));
        Reads++;
        _length += count;
        return count > 0;
    }

    private delegate void FrameAction(MqttFrame frame);
}
