using System.Globalization;
using Nave.Api;
using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Tests.Replication.Support;

/// <summary>Documents for tests.</summary>
internal static class Twins
{
    public static DateTimeOffset Time(double seconds) => new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddSeconds(seconds);

    public static ReplicaDocument Document(string deviceId, string? moduleId = null, long version = 2, string desired = """{"$version":1}""") => new()
    {
        Key = new IdentityId(deviceId, moduleId),
        Version = version,
        ETag = "AAAAAAAAAAE=",
        Tags = RawJson.Parse("""{"site":"Köln – 東京","n":12345678901234567890}"""),
        Desired = RawJson.Parse(desired),
        Reported = RawJson.Parse("""{"$version":1}"""),
        LastOperation = "createDeviceIdentity",
        LastOperationTime = Time(version),
        GenerationId = (637_000_000_000_000_000 + version).ToString(CultureInfo.InvariantCulture),
        Since = Time(0),
    };
}
