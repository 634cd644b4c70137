using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Replication.Events;

namespace Nave.Fleet.Tests.Replication.Support;

/// <summary>Events as a hub tells them, without one.</summary>
internal static class Told
{
    /// <summary>Makes an event.</summary>
    /// <param name="operation">Its opType.</param>
    /// <param name="id">The device, or <c>device/module</c>.</param>
    /// <param name="seconds">When.</param>
    /// <param name="body">Its JSON.</param>
    /// <param name="generation">Which life; 0 = the hub does not say.</param>
    public static TwinEvent Of(string operation, string id, double seconds, string body, int generation = 0)
    {
        var json = JsonDocument.Parse(body);
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return new TwinEvent(json)
        {
            Key = slash < 0 ? new IdentityId(id) : new IdentityId(id[..slash], id[(slash + 1)..]),
            Kind = operation.StartsWith("create", StringComparison.Ordinal) ? TwinEventKind.Create
                : operation.StartsWith("delete", StringComparison.Ordinal) ? TwinEventKind.Delete
                : operation == "replaceTwin" ? TwinEventKind.Replace : TwinEventKind.Update,
            Operation = operation,
            Time = Twins.Time(seconds),
            GenerationId = generation == 0 ? null : generation.ToString(CultureInfo.InvariantCulture),
            Version = json.RootElement.TryGetProperty("version", out var version) ? version.GetInt64() : 0,
            Source = null!, // What folds does not look at how it came.
        };
    }

    public static TwinEvent Create(string id, double seconds, int generation = 0, string tags = "{}") => Of(
        id.Contains('/', StringComparison.Ordinal) ? "createModuleIdentity" : "createDeviceIdentity", id, seconds, Whole(2, tags), generation);

    public static TwinEvent Delete(string id, double seconds, int generation = 0, long version = 2) => Of(
        id.Contains('/', StringComparison.Ordinal) ? "deleteModuleIdentity" : "deleteDeviceIdentity", id, seconds, Whole(version), generation);

    public static TwinEvent Update(string id, double seconds, string body, int generation = 0) => Of("updateTwin", id, seconds, body, generation);

    public static string Whole(long version, string tags = "{}", string desired = """{"$metadata":{"$lastUpdated":"2026-01-02T03:04:05Z"},"$version":1}""")
    {
        const string Reported = """{"$metadata":{"$lastUpdated":"2026-01-02T03:04:05Z"},"$version":1}""";
        return $$$"""{"deviceId":"d","etag":"AAAAAAAAAAE=","version":{{{version}}},"tags":{{{tags}}},"properties":{"desired":{{{desired}}},"reported":{{{Reported}}} } }""";
    }
}
