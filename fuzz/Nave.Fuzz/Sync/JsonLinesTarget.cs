using Nave.Fleet.Sync.Providers.Files;

namespace Nave.Fuzz.Sync;

/// <summary>Files of devices as JSON lines; what is read and written again reads as the same devices.</summary>
internal sealed class JsonLinesTarget() : DeviceFileTarget("devices-jsonl", new JsonLinesFormat("deviceId"), Texts(
    "{\"deviceId\":\"a\",\"site\":\"west\",\"floor\":3.50}\n{\"deviceId\":\"b\",\"place\":{\"city\":[1,null,\"x\"]},\"gone\":null}\n",
    "\n {\"site\":1,\"deviceId\":\"c\"}\r\n\n{\"deviceId\":\"d\"}"))
{
    public override IReadOnlyList<byte[]> Words { get; } = [.. JsonWords.All, "\n"u8.ToArray(), "\"deviceId\":\"x\""u8.ToArray(), "{\"deviceId\":\"x\"}\n"u8.ToArray()];
}
