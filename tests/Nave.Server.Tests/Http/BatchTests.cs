using System.Globalization;
using System.Text;
using Nave.Api;
using Nave.Server.Http.Device;

namespace Nave.Server.Tests.Http;

public sealed class BatchTests
{
    [Theory]
    [InlineData("""[{"body":"\ud800","base64Encoded":false}]""")]
    [InlineData("""[{"body":"","properties":{"iothub-app-a":"\udc00"}}]""")]
    [InlineData("""[{"body":"","properties":{"\ud800":"a"}}]""")]
    public void A_batch_with_half_a_surrogate_pair_is_refused_with_a_reason(string json)
    {
        Assert.False(HttpTelemetryEndpoints.TryReadBatch(Encoding.UTF8.GetBytes(json), out _, out var reason));
        Assert.Contains("Unicode", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_with_more_properties_than_permitted_is_refused_with_a_reason()
    {
        Assert.True(HttpTelemetryEndpoints.TryReadBatch(BatchOf(EventProperties.MaxCount), out _, out _));
        Assert.False(HttpTelemetryEndpoints.TryReadBatch(BatchOf(EventProperties.MaxCount + 1), out _, out var reason));
        Assert.Contains(EventProperties.MaxCount.ToString(CultureInfo.InvariantCulture), reason, StringComparison.Ordinal);
    }

    private static byte[] BatchOf(int properties) => Encoding.UTF8.GetBytes(
        $"[{{\"body\":\"\",\"properties\":{{{string.Join(',', Enumerable.Range(0, properties).Select(i => $"\"iothub-app-p{i}\":\"v\""))}}}}}]");
}
