using System.Buffers;
using System.Text;

namespace Nave.Api.Tests.Topics;

public sealed class ProvisioningTopicsTests
{
    [Theory]
    [InlineData("$dps/registrations/PUT/iotdps-register/?$rid=1", ProvisioningTopicKind.Register, "1", "")]
    [InlineData("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=a%20b&operationId=5.x", ProvisioningTopicKind.GetOperation, "a%20b", "5.x")]
    [InlineData("$dps/registrations/GET/iotdps-get-operationstatus/?operationId=5.x&$rid=2", ProvisioningTopicKind.GetOperation, "2", "5.x")]
    [InlineData("$dps/registrations/res/200/?$rid=3", ProvisioningTopicKind.Response, "3", "")]
    [InlineData("$dps/registrations/PUT/iotdps-register/", ProvisioningTopicKind.None, "", "")]
    [InlineData("$dps/registrations/PUT/iotdps-register/?$rid=", ProvisioningTopicKind.None, "", "")]
    [InlineData("$dps/registrations/res/200", ProvisioningTopicKind.None, "", "")]
    [InlineData("$dps/registrations/res/x/?$rid=1", ProvisioningTopicKind.None, "", "")]
    [InlineData("$iothub/twin/GET/?$rid=1", ProvisioningTopicKind.None, "", "")]
    [InlineData("", ProvisioningTopicKind.None, "", "")]
    public void A_topic_is_taken_apart(string topic, ProvisioningTopicKind kind, string requestId, string operationId)
    {
        var match = ProvisioningTopics.Parse(Encoding.UTF8.GetBytes(topic));
        Assert.Equal(kind, match.Kind);
        Assert.Equal(requestId, Encoding.UTF8.GetString(match.RequestId));
        Assert.Equal(operationId, Encoding.UTF8.GetString(match.OperationId));
    }

    [Fact]
    public void What_is_built_is_understood()
    {
        Assert.Equal(ProvisioningTopicKind.Register, ProvisioningTopics.Parse(Encoding.UTF8.GetBytes(ProvisioningTopics.Register("7"))).Kind);
        Assert.Equal(
            "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=7&operationId=a%2Fb%26c", ProvisioningTopics.GetOperation("7", "a/b&c"));
        var output = new ArrayBufferWriter<byte>();
        ProvisioningTopics.WriteResponse(output, 202, "7"u8, TimeSpan.FromSeconds(2.5));
        Assert.Equal("$dps/registrations/res/202/?$rid=7&retry-after=3", Encoding.UTF8.GetString(output.WrittenSpan));
        var match = ProvisioningTopics.Parse(output.WrittenSpan);
        Assert.Equal((202, 3), (match.Status, match.RetryAfterSeconds));
    }
}
