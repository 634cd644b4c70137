using System.Text.Json.Serialization;

namespace Nave.Client;

/// <summary>How a query to device provisioning is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueryDocument))]
internal sealed partial class ProvisioningQueryJson : JsonSerializerContext;
