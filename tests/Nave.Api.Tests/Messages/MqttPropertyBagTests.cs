using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Nave.Api.Tests.Messages;

public sealed class MqttPropertyBagTests
{
    public static TheoryData<string, string> Bags { get; } = new()
    {
        { "", "" },
        { "/", "" },
        { "a=b", "a=b" },
        { "a=b/", "a=b" },
        { "a=b&c=d", "a=b|c=d" },

        // Node, Python, .NET escape the dollar; hand-written clients do not.
        { "%24.mid=m1&%24.ct=application%2Fjson&%24.ce=utf-8", "message-id=m1|content-type=application/json|content-encoding=utf-8" },
        { "$.mid=m1&$.to=%2Fdevices%2Fd%2Fmessages%2Fevents", "message-id=m1|to=/devices/d/messages/events" },

        // C: application properties first, lower-case escapes.
        { "p=1&%24.ct=application%2fjson", "p=1|content-type=application/json" },
        { "%24.cid=c&%24.uid=u&%24.exp=2026-01-01T00%3A00%3A00Z&%24.on=out&%24.ifid=i", "correlation-id=c|user-id=u|absolute-expiry-time=2026-01-01T00:00:00Z|iothub-outputname=out|iothub-interface-id=i" },
        { "%24.sub=thermo&%24.ctime=t&%24.schema=s&%24.diagid=x&%24.diagctx=y", "dt-subject=thermo|iothub-creation-time-utc=t|iothub-message-schema=s|Diagnostic-Id=x|Correlation-Context=y" },
        { "$.cdid=d&$.cmid=m&iothub-ack=full", "iothub-connection-device-id=d|iothub-connection-module-id=m|iothub-ack=full" },

        // A plus is a plus; a space is %20; an equals sign may stand in a value.
        { "a=1+2&b=x%20y&c=d=e", "a=1+2|b=x y|c=d=e" },
        { "null&empty=", "null|empty=" },
        { "$.unknown=1&%24.zz=2&a=b", "a=b" },
        { "&&a=b&", "a=b" },
        { "=x&a=b", "a=b" },
        { "%C3%A9=%E2%82%AC&ü=ß", "é=€|ü=ß" },
        { "a=1&a=2", "a=1|a=2" },
    };

    [Theory]
    [MemberData(nameof(Bags))]
    public void A_bag_is_decoded_as_each_SDK_means_it(string bag, string expected)
    {
        var writer = new EventPropertiesWriter();
        Assert.True(MqttPropertyBag.TryDecode(Encoding.UTF8.GetBytes(bag), writer));
        Assert.Equal(expected, Show(writer.ToProperties()));
    }

    [Fact]
    public void A_bag_with_more_properties_than_the_caller_permits_is_refused_after_one_too_many()
    {
        var bag = Encoding.UTF8.GetBytes(string.Join('&', Enumerable.Repeat("a=b", 100)));
        var writer = new EventPropertiesWriter();
        Assert.True(MqttPropertyBag.TryDecode(bag, writer, 100));
        writer.Clear();
        Assert.False(MqttPropertyBag.TryDecode(bag, writer, 10));
        Assert.Equal(11, writer.Count);
    }

    [Theory]
    [InlineData("a=%")]
    [InlineData("a=%2")]
    [InlineData("a=%zz")]
    [InlineData("%G1=a")]
    [InlineData("a=%FF")]
    [InlineData("%C3=a")]
    public void A_bad_escape_or_bad_UTF8_is_refused(string bag) =>
        Assert.False(MqttPropertyBag.TryDecode(Encoding.UTF8.GetBytes(bag), new EventPropertiesWriter()));

    [Fact]
    public void Raw_bytes_that_are_not_UTF8_are_refused() =>
        Assert.False(MqttPropertyBag.TryDecode([(byte)'a', (byte)'=', 0xFF], new EventPropertiesWriter()));

    [Fact]
    public void Everything_that_trips_an_SDK_is_escaped()
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.To, "/devices/d 1/messages/deviceBound");
        writer.Add("k=&/#+%", "v=&/#+%é");
        writer.AddNull("nothing"u8);
        writer.Add("empty", "");
        writer.Add(SystemProperty.Ack, "full");
        Assert.Equal(
            "%24.to=%2Fdevices%2Fd%201%2Fmessages%2FdeviceBound&k%3D%26%2F%23%2B%25=v%3D%26%2F%23%2B%25%C3%A9&nothing&empty=&iothub-ack=full",
            MqttPropertyBag.Encode(writer.ToProperties()));
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02T05:04:05+02:00")]
    [InlineData("Fri, 02 Jan 2026 03:04:05 GMT")]
    public void The_expiry_leaves_in_the_round_trip_format_of_dotnet(string given)
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.AbsoluteExpiryTime, given);
        Assert.Equal("%24.exp=2026-01-02T03%3A04%3A05.0000000Z", MqttPropertyBag.Encode(writer.ToProperties()));
    }

    [Fact]
    public void A_property_without_an_MQTT_key_is_left_out_and_leaves_no_separator()
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.DataSchema, "dtmi:x;1");
        writer.Add("a", "b");
        Assert.Equal("a=b", MqttPropertyBag.Encode(writer.ToProperties()));
    }

    [Fact]
    public void What_is_encoded_decodes_to_the_same()
    {
        Prop.ForAll<Tuple<NonNull<string>, NonNull<string>>[]>(pairs =>
        {
            var writer = new EventPropertiesWriter();
            foreach (var (name, value) in pairs)
            {
                // A lone surrogate has no UTF-8; a system key and an empty name have their own rules.
                var key = Clean(name.Get);
                if (key.Length > 0 && !key.StartsWith("$.", StringComparison.Ordinal) && key != "iothub-ack")
                {
                    writer.Add(key, Clean(value.Get));
                }
            }

            writer.Add(SystemProperty.MessageId, "m/1");
            var original = writer.ToProperties();
            var bag = Encoding.ASCII.GetBytes(MqttPropertyBag.Encode(original));
            var decoded = new EventPropertiesWriter();
            return MqttPropertyBag.TryDecode(bag, decoded) && decoded.Written.SequenceEqual(original.Encoded.Span);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Once_warm_neither_way_allocates()
    {
        var bag = "%24.mid=m1&%24.ct=application%2Fjson&level=5&a=b%20c"u8.ToArray();
        var writer = new EventPropertiesWriter();
        var output = new ArrayBufferWriter<byte>(1024);
        void Once()
        {
            writer.Clear();
            MqttPropertyBag.TryDecode(bag, writer);
            output.ResetWrittenCount();
            MqttPropertyBag.Encode(writer.Written, output);
        }

        Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Once();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_long_bag_with_escapes_is_decoded()
    {
        var value = new string('x', 60_000) + " end";
        var writer = new EventPropertiesWriter();
        Assert.True(MqttPropertyBag.TryDecode(Encoding.ASCII.GetBytes($"a={Uri.EscapeDataString(value)}&b=1"), writer));
        var properties = writer.ToProperties();
        Assert.Equal(value, properties["a"]);
        Assert.Equal("1", properties["b"]);
    }

    internal static string Show(EventProperties properties) => string.Join(
        '|',
        properties.Select(p => (p.System == SystemProperty.None ? p.Name : SystemPropertyNames.Amqp(p.System)) + (p.IsNull ? string.Empty : "=" + p.Value)));

    private static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
