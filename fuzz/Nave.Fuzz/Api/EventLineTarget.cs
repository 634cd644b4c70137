using System.Buffers;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>An event as a line of JSON.</summary>
internal sealed class EventLineTarget() : FuzzTarget("event-json", Texts(
    """{"partition":1,"sequenceNumber":7,"offset":"88","enqueuedTime":"2026-01-02T03:04:05.678Z","deviceId":"d1","moduleId":null,"systemProperties":{"iothub-connection-device-id":"d1","iothub-message-source":"Telemetry","message-id":"m","content-type":"application/json"},"properties":{"a":"b","n":null},"body":{"t":1.50}}""",
    """{"partition":0,"sequenceNumber":0,"offset":"0","enqueuedTime":"2026-01-02T03:04:05Z","deviceId":"d1","moduleId":"m","systemProperties":{},"properties":{},"body":"text"}""",
    """{"partition":0,"sequenceNumber":0,"offset":"0","enqueuedTime":"2026-01-02T03:04:05Z","deviceId":"d1","moduleId":"m","systemProperties":{},"properties":{},"bodyBase64":"/w=="}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input)
    {
        try
        {
            EventJson.Parse(input);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public override void Verify(byte[] input)
    {
        var first = Write(EventJson.Parse(input));
        Check(first.AsSpan().IndexOfAny((byte)'\n', (byte)'\r') < 0, "an event is one line");
        Check(Write(EventJson.Parse(first)).AsSpan().SequenceEqual(first), "a line is read as it was written");
    }

    private static byte[] Write(EventLine line)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            EventJson.Write(writer, line);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
