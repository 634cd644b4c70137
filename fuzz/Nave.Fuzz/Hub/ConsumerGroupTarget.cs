using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored consumer group.</summary>
internal sealed class ConsumerGroupTarget() : StoredTarget("stored-consumer-group", Texts("""{"name":"G1","created":"2026-01-02T03:04:05Z"}""", """{"name":"g1","created":"2026-01-02T03:04:05+00:00"}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    protected override void Read(byte[] input) =>
        Check(ConsumerGroups.Decode(new StateDocument("g1", 1, input)).Name.Equals("g1", StringComparison.OrdinalIgnoreCase), "a group has the name of its key");
}
