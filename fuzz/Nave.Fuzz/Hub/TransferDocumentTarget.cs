using Nave.Hub.Jobs;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored import or export job.</summary>
internal sealed class TransferDocumentTarget() : StoredTarget("stored-transfer-job", Texts(
    $$"""{"format":1,"type":"Import","status":"Running","created":"2026-01-02T03:04:05+00:00","input":"{{Uri}}","inputName":"in.txt","output":"{{Uri}}","includeConfigurations":true,"configurationsName":"c.txt"}""",
    $$"""{"format":1,"type":"Export","status":"Failed","created":"2026-01-02T03:04:05+00:00","ended":"2026-01-02T03:04:06+00:00","failureReason":"why","output":"{{Uri}}","outputName":"out.txt","excludeKeys":true}"""))
{
    private readonly TransferCodec _codec = new("hub.test", FixedProtection.Protector);

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    private static string Uri { get; } = FixedProtection.Secret("https://a.test/c?sv=1&sig=x%3D&se=2"u8, "job\nhub.test\nj1");

    public override void Verify(byte[] input)
    {
        var job = Decode(input);
        Check(Decode(_codec.Encode(job)) == job, "a job is read as it was written");
        Check(job.ToProperties(0).OutputBlobContainerUri?.Contains("sig=", StringComparison.OrdinalIgnoreCase) != true, "a signature is shown to nobody");
    }

    protected override void Read(byte[] input) => _ = Decode(input).ToProperties(50);

    private TransferRecord Decode(byte[] body) => _codec.Decode(new StateDocument("j1", 1, body));
}
