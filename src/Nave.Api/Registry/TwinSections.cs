using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>The two property sections of a twin, as raw JSON.</summary>
public sealed record TwinSections
{
    /// <summary>Gets the desired properties.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Desired { get; init; }

    /// <summary>Gets the reported properties.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Reported { get; init; }
}
