using System.Buffers;
using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>MQTT topics of device provisioning, as the service and as a device read them.</summary>
internal sealed class ProvisioningTopicTarget() : FuzzTarget("provisioning-topic", Texts(
    "$dps/registrations/PUT/iotdps-register/?$rid=1",
    "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=4.abc",
    "$dps/registrations/res/202/?$rid=1&retry-after=3"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts("$dps/", "registrations/", "res/", "?$rid=", "&operationId=", "&retry-after=", "%24", "%", "/", "-1", "9999999999999999999");

    public override bool Execute(byte[] input) => ProvisioningTopics.Parse(input).Kind != ProvisioningTopicKind.None;

    // What is asked is answered with the same request id.
    public override void Verify(byte[] input)
    {
        var match = ProvisioningTopics.Parse(input);
        var answer = new ArrayBufferWriter<byte>();
        ProvisioningTopics.WriteResponse(answer, 202, match.RequestId, TimeSpan.FromSeconds(3));
        var read = ProvisioningTopics.Parse(answer.WrittenSpan);
        Check(read.Kind == ProvisioningTopicKind.Response && read.RequestId.SequenceEqual(match.RequestId), "an answer finds its request");
    }
}
