using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Nave.Api.Tests.Events;

public sealed class EventJsonTests
{
    [Fact]
    public void An_event_is_one_line_in_the_documented_order()
    {
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.MessageId, "m1");
        properties.Add(SystemProperty.ContentType, "application/json");
        properties.Add(SystemProperty.ConnectionDeviceId, "liar");
        properties.Add("level", "5");
        properties.AddNull("none"u8);
        var line = Event("""{"t":21.50,"n":12345678901234567890}""", properties.ToProperties()) with { ModuleId = "m", Source = "Telemetry", GenerationId = "637" };
        Assert.Equal(
            """{"partition":1,"sequenceNumber":12,"offset":"4096","enqueuedTime":"2026-01-02T03:04:05.6780000Z","deviceId":"d","moduleId":"m","systemProperties":{"iothub-connection-device-id":"d","iothub-connection-module-id":"m","iothub-connection-auth-generation-id":"637","iothub-enqueuedtime":"2026-01-02T03:04:05.6780000Z","iothub-message-source":"Telemetry","message-id":"m1","content-type":"application/json"},"properties":{"level":"5","none":null},"body":{"t":21.50,"n":12345678901234567890}}""",
            Write(line));
    }

    [Theory]
    [InlineData("{\"a\":1}", null, """
        "body":{"a":1}
        """)]
    [InlineData(" [1, 2] ", null, """
        "body":[1, 2]
        """)]
    [InlineData("{\n \"a\" : 1.0\n}", null, """
        "body":{"a":1.0}
        """)]
    [InlineData("{broken", null, """
        "body":"{broken"
        """)]
    [InlineData("21.5", null, """
        "body":"21.5"
        """)]
    [InlineData("21.50", "application/json;charset=utf-8", """
        "body":21.50
        """)]
    [InlineData("oops", "application/json", """
        "body":"oops"
        """)]
    [InlineData("", null, """
        "body":""
        """)]
    [InlineData("two\nlines", null, """
        "body":"two\nlines"
        """)]
    public void A_body_is_JSON_or_text(string body, string? contentType, string expected)
    {
        var properties = new EventPropertiesWriter();
        if (contentType is not null)
        {
            properties.Add(SystemProperty.ContentType, contentType);
        }

        var json = Write(Event(body, properties.ToProperties()));
        Assert.EndsWith(expected.Trim() + "}", json, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', json);
    }

    [Fact]
    public void A_body_that_is_not_UTF8_is_base64()
    {
        var line = Event("", EventProperties.Empty) with { Body = new byte[] { 0xFF, 0x00, (byte)'{' } };
        Assert.EndsWith("\"bodyBase64\":\"/wB7\"}", Write(line), StringComparison.Ordinal);
        Assert.Equal(line.Body.ToArray(), EventJson.Parse(Encoding.UTF8.GetBytes(Write(line))).Body.ToArray());
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.CorrelationId, "c");
        properties.Add("é", "ü");
        properties.AddNull("n"u8);
        var line = Event("""{"a":[1.10]}""", properties.ToProperties()) with { Source = "Telemetry", AuthMethod = "{\"scope\":\"device\"}", GenerationId = "1" };
        var read = EventJson.Parse(Encoding.UTF8.GetBytes(Write(line)));
        Assert.Equal(line with { Properties = EventProperties.Empty, Body = default }, read with { Properties = EventProperties.Empty, Body = default });
        Assert.Equal(line.Properties.Encoded.ToArray(), read.Properties.Encoded.ToArray());
        Assert.Equal(line.Body.ToArray(), read.Body.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"partition\":\"x\",\"systemProperties\":{},\"properties\":{}}")]
    [InlineData("{\"partition\":1")]
    public void A_line_that_is_no_event_is_refused(string text) =>
        Assert.Throws<FormatException>(() => EventJson.Parse(Encoding.UTF8.GetBytes(text)));

    private static EventLine Event(string body, EventProperties properties) => new()
    {
        Partition = 1,
        SequenceNumber = 12,
        Offset = "4096",
        EnqueuedTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        DeviceId = "d",
        Properties = properties,
        Body = Encoding.UTF8.GetBytes(body),
    };

    private static string Write(EventLine line)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            EventJson.Write(writer, line);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
