using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>The properties of an initial twin.</summary>
public sealed record InitialTwinProperties
{
    /// <summary>Gets the desired properties.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Desired { get; init; }
}
