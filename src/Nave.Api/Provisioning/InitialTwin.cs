using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>What the twin of a new device begins with.</summary>
public sealed record InitialTwin
{
    /// <summary>Gets the tags.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Tags { get; init; }

    /// <summary>Gets the properties.</summary>
    public InitialTwinProperties? Properties { get; init; }
}
