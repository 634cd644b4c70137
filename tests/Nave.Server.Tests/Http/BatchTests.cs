using System.Text;
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
}
