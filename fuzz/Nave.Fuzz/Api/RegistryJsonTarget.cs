using System.Text.Json.Serialization.Metadata;
using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>Bodies of the service API. The first byte says which: an identity, a bulk call, a method call, a query.</summary>
internal sealed class RegistryJsonTarget() : FuzzTarget("registry-json",
[
    .. Texts(
        """{"deviceId":"d1","status":"enabled","statusReason":null,"authentication":{"type":"sas","symmetricKey":{"primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==","secondaryKey":null}},"capabilities":{"iotEdge":false},"etag":"MQ==","connectionStateUpdatedTime":"0001-01-01T00:00:00","parentScopes":["a"]}""",
        """{"deviceId":"d1","moduleId":"m","authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"0123456789012345678901234567890123456789"}}}""").Select(text => (byte[])[0, .. text]),
    .. Texts("""[{"id":"d1","importMode":"create","status":"disabled","tags":{"a":1},"properties":{"desired":{"x":1.50}}},{"id":"d2","moduleId":"m","importMode":"deleteIfMatchETag","eTag":"*"}]""").Select(text => (byte[])[1, .. text]),
    .. Texts("""{"methodName":"reboot","payload":{"in":[1,2.0]},"responseTimeoutInSeconds":"30","connectTimeoutInSeconds":5}""").Select(text => (byte[])[2, .. text]),
    .. Texts("""{"query":"SELECT * FROM devices"}""").Select(text => (byte[])[3, .. text]),
])
{
    private const int Kinds = 4;

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input)
    {
        if (input.Length == 0)
        {
            return false;
        }

        var body = input.AsSpan(1);
        return (input[0] % Kinds) switch
        {
            0 => Read(body, ApiJson.Default.DeviceIdentity) is { } identity && Use(identity),
            1 => Read(body, ApiJson.Default.IReadOnlyListExportImportDevice) is { } lines && lines.All(line => line is null || Use(line.ToIdentity())),
            2 => Read(body, ApiJson.Default.DirectMethodRequest) is { } call && call.Validate() is null,
            _ => Read(body, ApiJson.Default.QueryBody) is not null,
        };
    }

    private static bool Use(DeviceIdentity identity)
    {
        _ = IdentityRules.Check(identity.Id);
        return true;
    }

    private static T? Read<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (ApiJson.TryRead(body, type, out var value, out var error))
        {
            return value;
        }

        Check(error.Message.Length > 0, "an error says something");
        return null;
    }
}
