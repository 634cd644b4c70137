using System.Text.Json;

namespace Nave.Crash.Tests.History;

/// <summary>What the writers of this suite put into a twin, and its versions.</summary>
internal sealed record TwinState(long Version, long ReportedVersion, string? Desired, string? Tag, string? Reported, string? ETag)
{
    /// <summary>Gets the state of a twin that was just made.</summary>
    public static TwinState New { get; } = new(2, 1, null, null, null, null);

    /// <summary>Reads a twin as the service sees it.</summary>
    public static TwinState Parse(JsonElement twin)
    {
        var properties = twin.GetProperty("properties");
        return new TwinState(
            twin.GetProperty("version").GetInt64(),
            properties.GetProperty("reported").GetProperty("$version").GetInt64(),
            Text(properties.GetProperty("desired"), "d"),
            twin.TryGetProperty("tags", out var tags) ? Text(tags, "t") : null,
            Text(properties.GetProperty("reported"), "r"),
            Text(twin, "etag"));
    }

    /// <summary>Tells whether two states hold the same, whatever the etag.</summary>
    public bool IsSame(TwinState other) => this with { ETag = null } == other with { ETag = null };

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() : null;
}
