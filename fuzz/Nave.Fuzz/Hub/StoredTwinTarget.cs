using System.Buffers;
using Nave.Api;
using Nave.Hub.Twins;

namespace Nave.Fuzz.Hub;

/// <summary>A stored twin.</summary>
internal sealed class StoredTwinTarget() : StoredTarget("stored-twin", [TwinSamples.New.Encode(out _), TwinSamples.Full.Encode(out _)])
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    protected override void Read(byte[] input)
    {
        var twin = TwinDocument.Decode(new IdentityId("d1"), input);
        var output = new ArrayBufferWriter<byte>();
        TwinView.WriteService(output, twin, new TwinLiveState(true, DateTimeOffset.UnixEpoch, 0));
        output.ResetWrittenCount();
        TwinView.WriteDevice(output, twin);
        output.ResetWrittenCount();
        TwinView.WriteEvent(output, twin);
        _ = twin.Desired.ToTree();
        _ = twin.Reported.ToTree();
        _ = StoredSection.ParseJson(twin.Tags);
        _ = twin.Etag;
    }
}
