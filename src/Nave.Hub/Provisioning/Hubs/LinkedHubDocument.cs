using System.Text.Json.Serialization;

namespace Nave.Hub.Provisioning;

/// <summary>The stored form of a link: docs/formats/provisioning.md.</summary>
internal sealed record LinkedHubDocument
{
    [JsonPropertyName("v")]
    public int Format { get; init; }

    [JsonPropertyName("h")]
    public required string HostName { get; init; }

    [JsonPropertyName("w")]
    public int Weight { get; init; }

    // The connection string of a remote hub, encrypted, bound to the host name.
    [JsonPropertyName("k")]
    public byte[]? ConnectionString { get; init; }

    // A local hub that was unlinked: without this it is linked by itself.
    [JsonPropertyName("o")]
    public bool IsOff { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LinkedHubDocument))]
internal sealed partial class LinkedHubJson : JsonSerializerContext;
