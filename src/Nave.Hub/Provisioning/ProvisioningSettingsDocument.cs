using System.Text.Json.Serialization;

namespace Nave.Hub.Provisioning;

/// <summary>The JSON of <c>dps.json</c>.</summary>
internal sealed record ProvisioningSettingsDocument
{
    public int Format { get; init; }

    public required string IdScope { get; init; }

    public DateTimeOffset Created { get; init; }

    public required IReadOnlyList<PolicyDocument> Policies { get; init; }

    internal sealed record PolicyDocument
    {
        public required string Name { get; init; }

        public int Rights { get; init; }

        public required byte[] Keys { get; init; }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ProvisioningSettingsDocument))]
internal sealed partial class ProvisioningSettingsJson : JsonSerializerContext;
