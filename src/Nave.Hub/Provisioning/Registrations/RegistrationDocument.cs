using System.Text.Json.Serialization;

namespace Nave.Hub.Provisioning;

/// <summary>The stored form of a registration: docs/formats/provisioning.md.</summary>
internal sealed record RegistrationDocument
{
    [JsonPropertyName("v")]
    public int Format { get; init; }

    [JsonPropertyName("i")]
    public required string Id { get; init; }

    [JsonPropertyName("g")]
    public string? Group { get; init; }

    [JsonPropertyName("a")]
    public int Attestation { get; init; }

    [JsonPropertyName("s")]
    public int Status { get; init; }

    [JsonPropertyName("u")]
    public int? Substatus { get; init; }

    [JsonPropertyName("e")]
    public required string Etag { get; init; }

    [JsonPropertyName("c")]
    public long Created { get; init; }

    [JsonPropertyName("l")]
    public long Updated { get; init; }

    [JsonPropertyName("o")]
    public required string Operation { get; init; }

    [JsonPropertyName("h")]
    public string? Hub { get; init; }

    [JsonPropertyName("d")]
    public string? Device { get; init; }

    [JsonPropertyName("x")]
    public int ErrorCode { get; init; }

    [JsonPropertyName("m")]
    public string? ErrorMessage { get; init; }

    // JSON in base64: as the webhook wrote it, byte for byte.
    [JsonPropertyName("p")]
    public byte[]? Payload { get; init; }

    [JsonPropertyName("t")]
    public byte[]? TpmKey { get; init; }

    [JsonPropertyName("y")]
    public byte[]? X509 { get; init; }

    [JsonPropertyName("w")]
    public byte[]? Pending { get; init; }

    [JsonPropertyName("q")]
    public string? LeavingHub { get; init; }

    [JsonPropertyName("r")]
    public string? LeavingDevice { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RegistrationDocument))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
