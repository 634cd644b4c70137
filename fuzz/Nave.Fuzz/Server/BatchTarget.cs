using Nave.Server.Http.Device;

namespace Nave.Fuzz.Server;

/// <summary>A batch of events over HTTPS.</summary>
internal sealed class BatchTarget() : FuzzTarget("http-batch", Texts(
    """[{"body":"eyJhIjoxfQ==","properties":{"iothub-app-a":"b","iothub-messageid":"m1"}},{"body":"text","base64Encoded":false}]""",
    """[{"body":"","properties":null}]"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    /// <summary>An entry has two buffers of 256 bytes for its properties, and may be written with 12.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (128 << 10) + (160L * length);

    public override bool Execute(byte[] input)
    {
        var isBatch = HttpTelemetryEndpoints.TryReadBatch(input, out _, out var reason);
        Check(isBatch == (reason.Length == 0), "there are events or a reason");
        return isBatch;
    }

    public override void Verify(byte[] input)
    {
        HttpTelemetryEndpoints.TryReadBatch(input, out var entries, out _);
        Check(entries.Count > 0, "a batch has an event");
        foreach (var entry in entries)
        {
            Check(entry.Properties.ToProperties().Count() == entry.Properties.Count, "properties are read as they were written");
        }
    }
}
