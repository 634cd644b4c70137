using System.Buffers;
using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>MQTT topics and filters, as the hub and as a device read them. The first byte says for whom: a device, or a module.</summary>
internal sealed class TopicTarget() : FuzzTarget("mqtt-topic", [.. Texts(
    "devices/d1/messages/events/a=b&c=d",
    "devices/d%31/messages/events",
    "$iothub/twin/GET/?$rid=1",
    "$iothub/twin/PATCH/properties/reported/?$rid=2&$version=3",
    "$iothub/methods/res/200/?$rid=7",
    "$iothub/methods/POST/reboot/?$rid=7",
    "$iothub/twin/res/204/?$rid=1&$version=5",
    "$iothub/twin/PATCH/properties/desired/?$version=4",
    "devices/d1/messages/devicebound/$.mid=1",
    "devices/d1/messages/devicebound/#",
    "$iothub/methods/POST/#").Select(text => (byte[])[0, .. text]),
    .. Texts("devices/d1/modules/m1/messages/events/", "devices/d1/modules/m1/inputs/in/x=y", "devices/d1/modules/m1/#").Select(text => (byte[])[1, .. text])])
{
    private readonly MqttTopics _device = new(new IdentityId("d1"));
    private readonly MqttTopics _module = new(new IdentityId("d1", "m1"));

    public override IReadOnlyList<byte[]> Words { get; } = Texts("$iothub/", "twin/", "methods/", "?$rid=", "&$version=", "%24", "/", "devices/", "d1", "%", "-1", "9999999999999999999");

    /// <summary>Parsing a topic allocates nothing.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => 0;

    public override bool Execute(byte[] input)
    {
        if (input.Length == 0)
        {
            return false;
        }

        var topics = input[0] % 2 == 0 ? _device : _module;
        var topic = input.AsSpan(1);
        return topics.ParsePublish(topic).Kind != MqttTopicKind.None
            | topics.ParseReceived(topic).Kind != MqttTopicKind.None
            | topics.ParseFilter(topic) != MqttSubscriptionKind.None;
    }

    // What is asked is answered with the same request id.
    public override void Verify(byte[] input)
    {
        var match = (input[0] % 2 == 0 ? _device : _module).ParsePublish(input.AsSpan(1));
        if (match.Kind is MqttTopicKind.TwinGet or MqttTopicKind.TwinReported)
        {
            var answer = new ArrayBufferWriter<byte>();
            MqttTopics.WriteTwinResponse(answer, 204, match.RequestId, 5);
            var read = _device.ParseReceived(answer.WrittenSpan);
            Check(read.Kind == MqttTopicKind.TwinResponse && read.RequestId.SequenceEqual(match.RequestId), "an answer finds its request");
        }
    }
}
