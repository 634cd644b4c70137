using System.Buffers;
using BenchmarkDotNet.Attributes;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Benchmarks;

/// <summary>What one QoS 1 message costs the codec: a PUBLISH of 256 bytes taken apart, its property bag read, a PUBACK and a PUBLISH written.</summary>
[MemoryDiagnoser]
public class MqttCodecBenchmark
{
    private const int MaxPacket = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly EventPropertiesWriter _properties = new();
    private readonly byte[] _body = new byte[256];
    private byte[] _packet = [];
    private byte[] _topic = [];

    [Params(MqttVersion.V311, MqttVersion.V5)]
    public MqttVersion Version { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _topic = "devices/device-0001/messages/events/"u8.ToArray();
        var writer = new ArrayBufferWriter<byte>();
        new MqttPublish { Topic = _topic, Payload = _body, Qos = MqttQos.AtLeastOnce, PacketId = 7 }.Encode(writer, Version, MqttSender.Client);
        _packet = writer.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int ReadPublish()
    {
        ReadOnlySpan<byte> buffer = _packet;
        MqttFrame.TryRead(ref buffer, MaxPacket, out var frame);
        var publish = MqttPublish.Decode(frame, Version, MqttSender.Client);
        return publish.Topic.Length + publish.Payload.Length + publish.PacketId;
    }

    [Benchmark]
    public int ReadPropertyBag()
    {
        _properties.Clear();
        MqttPropertyBag.TryDecode("%24.mid=m1&%24.ct=application%2Fjson&room=kitchen"u8, _properties);
        return _properties.Written.Length;
    }

    [Benchmark]
    public int WritePubAck() => MqttAck.WritePubAck(_output.GetSpan(MqttAck.PubAckSize), 7);

    [Benchmark]
    public int WritePublish()
    {
        _output.ResetWrittenCount();
        new MqttPublish { Topic = _topic, Payload = _body, Qos = MqttQos.AtLeastOnce, PacketId = 7 }.Encode(_output, Version, MqttSender.Server);
        return _output.WrittenCount;
    }
}
