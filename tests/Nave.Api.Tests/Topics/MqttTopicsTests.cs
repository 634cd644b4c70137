using System.Buffers;
using System.Text;

namespace Nave.Api.Tests.Topics;

public sealed class MqttTopicsTests
{
    private static readonly MqttTopics s_device = new(new IdentityId("d 1%41"));
    private static readonly MqttTopics s_module = new(new IdentityId("d", "m"));

    [Theory]
    [InlineData("devices/d 1%41/messages/events/", MqttTopicKind.Telemetry, "")]
    [InlineData("devices/d 1%41/messages/events", MqttTopicKind.Telemetry, "")]
    [InlineData("devices/d 1%41/messages/events/a=b/", MqttTopicKind.Telemetry, "a=b/")]
    [InlineData("devices/d%201%2541/messages/events/a=b", MqttTopicKind.Telemetry, "a=b")]
    [InlineData("devices/d%201%41/messages/events/a=b", MqttTopicKind.None, "")]
    [InlineData("devices/D 1%41/messages/events/", MqttTopicKind.None, "")]
    [InlineData("devices/other/messages/events/", MqttTopicKind.None, "")]
    [InlineData("devices/d 1%41/modules/m/messages/events/", MqttTopicKind.None, "")]
    [InlineData("devices/d 1%41/messages/eventsx", MqttTopicKind.None, "")]
    [InlineData("devices/d 1%41", MqttTopicKind.None, "")]
    [InlineData("devices/", MqttTopicKind.None, "")]
    [InlineData("", MqttTopicKind.None, "")]
    [InlineData("$iothub/", MqttTopicKind.None, "")]
    [InlineData("$iothub/twin/GET/?$rid=", MqttTopicKind.None, "")]
    [InlineData("$iothub/twin/GET/", MqttTopicKind.None, "")]
    [InlineData("$iothub/methods/res/x/?$rid=1", MqttTopicKind.None, "")]
    [InlineData("$iothub/twin/PATCH/properties/reported/?$rid=1&$version=x", MqttTopicKind.None, "")]
    [InlineData("$iothub/twin/PATCH/properties/desired/?$version=1", MqttTopicKind.None, "")]
    public void What_a_device_publishes_is_told_apart(string topic, MqttTopicKind kind, string bag)
    {
        var match = s_device.ParsePublish(Encoding.UTF8.GetBytes(topic));
        Assert.Equal(kind, match.Kind);
        Assert.Equal(bag, Encoding.UTF8.GetString(match.Bag));
    }

    [Theory]
    [InlineData("$iothub/twin/GET/?$rid=1", MqttTopicKind.TwinGet, "1", null, 0)]
    [InlineData("$iothub/twin/GET/?$rid=a%20b-c", MqttTopicKind.TwinGet, "a%20b-c", null, 0)]
    [InlineData("$iothub/twin/PATCH/properties/reported/?$rid=2", MqttTopicKind.TwinReported, "2", null, 0)]
    [InlineData("$iothub/twin/PATCH/properties/reported/?$rid=2&$version=7", MqttTopicKind.TwinReported, "2", 7L, 0)]
    [InlineData("$iothub/twin/PATCH/properties/reported/?$version=7&$rid=2", MqttTopicKind.TwinReported, "2", 7L, 0)]
    [InlineData("$iothub/methods/res/200/?$rid=f3", MqttTopicKind.MethodResponse, "f3", null, 200)]
    [InlineData("$iothub/methods/res/-5/?$rid=f3", MqttTopicKind.MethodResponse, "f3", null, -5)]
    public void Requests_carry_their_id_version_and_status(string topic, MqttTopicKind kind, string rid, long? version, int status)
    {
        var match = s_device.ParsePublish(Encoding.UTF8.GetBytes(topic));
        Assert.Equal((kind, rid, version, status), (match.Kind, Encoding.UTF8.GetString(match.RequestId), match.Version, match.Status));
    }

    [Theory]
    [InlineData("devices/d/modules/m/messages/events/%24.on=o", MqttTopicKind.Telemetry)]
    [InlineData("devices/d/messages/events/", MqttTopicKind.None)]
    [InlineData("devices/d/modules/n/messages/events/", MqttTopicKind.None)]
    public void A_module_publishes_only_below_itself(string topic, MqttTopicKind kind) =>
        Assert.Equal(kind, s_module.ParsePublish(Encoding.UTF8.GetBytes(topic)).Kind);

    [Theory]
    [InlineData("devices/d 1%41/messages/devicebound/#", MqttSubscriptionKind.CloudToDevice)]
    [InlineData("devices/d%201%2541/messages/devicebound/#", MqttSubscriptionKind.CloudToDevice)]
    [InlineData("devices/d 1%41/messages/deviceBound/#", MqttSubscriptionKind.CloudToDevice)]
    [InlineData("devices/other/messages/devicebound/#", MqttSubscriptionKind.None)]
    [InlineData("devices/+/messages/devicebound/#", MqttSubscriptionKind.None)]
    [InlineData("$iothub/twin/res/#", MqttSubscriptionKind.TwinResponses)]
    [InlineData("$iothub/twin/PATCH/properties/desired/#", MqttSubscriptionKind.DesiredPatches)]
    [InlineData("$iothub/methods/POST/#", MqttSubscriptionKind.Methods)]
    [InlineData("$iothub/#", MqttSubscriptionKind.None)]
    [InlineData("#", MqttSubscriptionKind.None)]
    [InlineData("devices/d 1%41/#", MqttSubscriptionKind.None)]
    public void A_filter_of_a_device_is_told_apart(string filter, MqttSubscriptionKind kind) =>
        Assert.Equal(kind, s_device.ParseFilter(Encoding.UTF8.GetBytes(filter)));

    [Theory]
    [InlineData("devices/d/modules/m/inputs/#", MqttSubscriptionKind.ModuleInputs)]
    [InlineData("devices/d/modules/m/#", MqttSubscriptionKind.ModuleInputs)]
    [InlineData("devices/d/modules/m/messages/devicebound/#", MqttSubscriptionKind.CloudToDevice)]
    [InlineData("devices/d/messages/devicebound/#", MqttSubscriptionKind.None)]
    public void A_filter_of_a_module_is_told_apart(string filter, MqttSubscriptionKind kind) =>
        Assert.Equal(kind, s_module.ParseFilter(Encoding.UTF8.GetBytes(filter)));

    [Fact]
    public void What_the_hub_builds_the_client_reads()
    {
        var output = new ArrayBufferWriter<byte>();
        MqttTopics.WriteTwinResponse(output, 204, "r-1"u8, 9);
        Assert.Equal("$iothub/twin/res/204/?$rid=r-1&$version=9", Encoding.UTF8.GetString(output.WrittenSpan));
        var match = s_device.ParseReceived(output.WrittenSpan);
        Assert.Equal((MqttTopicKind.TwinResponse, 204, "r-1", 9L), (match.Kind, match.Status, Encoding.UTF8.GetString(match.RequestId), match.Version));

        match = s_device.ParseReceived(Encoding.UTF8.GetBytes(MqttTopics.DesiredPatch(5)));
        Assert.Equal((MqttTopicKind.DesiredPatch, 5L), (match.Kind, match.Version));

        match = s_device.ParseReceived(Encoding.UTF8.GetBytes(MqttTopics.MethodCall("do*it/now", "2f")));
        Assert.Equal((MqttTopicKind.MethodCall, "do%2Ait%2Fnow", "2f"), (match.Kind, Encoding.UTF8.GetString(match.Name), Encoding.UTF8.GetString(match.RequestId)));

        match = s_device.ParseReceived("devices/d 1%41/messages/devicebound/%24.to=x"u8);
        Assert.Equal((MqttTopicKind.CloudToDevice, "%24.to=x"), (match.Kind, Encoding.UTF8.GetString(match.Bag)));

        output.Clear();
        s_module.WriteModuleInputPrefix(output, "in 1");
        output.Write("a=b"u8);
        match = s_module.ParseReceived(output.WrittenSpan);
        Assert.Equal((MqttTopicKind.ModuleInput, "in%201", "a=b"), (match.Kind, Encoding.UTF8.GetString(match.Name), Encoding.UTF8.GetString(match.Bag)));
    }

    [Fact]
    public void What_the_client_builds_the_hub_reads()
    {
        Assert.Equal(MqttTopicKind.TwinGet, s_device.ParsePublish(Encoding.UTF8.GetBytes(MqttTopics.TwinGet("1"))).Kind);
        Assert.Equal(3, s_device.ParsePublish(Encoding.UTF8.GetBytes(MqttTopics.TwinReported("1", 3))).Version);
        var output = new ArrayBufferWriter<byte>();
        MqttTopics.WriteMethodResponse(output, 404, "1"u8);
        Assert.Equal(404, s_device.ParsePublish(output.WrittenSpan).Status);
        Assert.Equal(MqttSubscriptionKind.CloudToDevice, s_device.ParseFilter(Encoding.UTF8.GetBytes(s_device.CloudToDeviceFilter)));
        Assert.Equal(MqttSubscriptionKind.ModuleInputs, s_module.ParseFilter(Encoding.UTF8.GetBytes(s_module.ModuleInputFilter)));
        Assert.Equal(MqttTopicKind.Telemetry, s_module.ParsePublish(s_module.TelemetryPrefix).Kind);
        Assert.Equal(MqttTopicKind.CloudToDevice, s_module.ParseReceived(s_module.CloudToDevicePrefix).Kind);
    }

    [Fact]
    public void No_cut_of_a_topic_throws()
    {
        foreach (var topic in (string[])["devices/d/modules/m/inputs/in/a=b", "$iothub/twin/res/200/?$rid=1&$version=2", "$iothub/methods/POST/name/?$rid=1", "$iothub/methods/res/200/?$rid=1"])
        {
            var bytes = Encoding.UTF8.GetBytes(topic);
            for (var i = 0; i <= bytes.Length; i++)
            {
                _ = s_module.ParsePublish(bytes.AsSpan(0, i));
                _ = s_module.ParseReceived(bytes.AsSpan(0, i));
                _ = s_module.ParseFilter(bytes.AsSpan(0, i));
            }
        }
    }
}
