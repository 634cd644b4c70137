using BenchmarkDotNet.Attributes;
using Nave.Amqp;

namespace Nave.Benchmarks;

/// <summary>A message of 256 bytes as devices and consumers have it: properties, two application properties, a body; written and taken apart.</summary>
[MemoryDiagnoser]
public class AmqpCodecBenchmark
{
    private readonly AmqpWriter _writer = new(1024);
    private readonly byte[] _body = new byte[256];
    private byte[] _message = [];

    [GlobalSetup]
    public void Setup()
    {
        WriteMessage();
        _message = _writer.Written.ToArray();
    }

    [Benchmark]
    public int WriteMessage()
    {
        _writer.Clear();
        _writer.Properties(new AmqpPropertiesFields { MessageIdText = "m1"u8, ContentType = "application/json"u8 });
        var start = _writer.BeginApplicationProperties();
        _writer.String("room"u8);
        _writer.String("kitchen"u8);
        _writer.String("floor"u8);
        _writer.Int(3);
        _writer.End(start, 4);
        _writer.Data(_body);
        return _writer.Length;
    }

    [Benchmark]
    public int ReadMessage()
    {
        var message = AmqpMessage.Parse(_message);
        return message.Data.Length + message.Properties.ContentType.Length + message.ApplicationProperties.Count;
    }
}
