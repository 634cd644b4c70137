using System.Text.Json.Serialization;

namespace Nave.Hub.Telemetry;

/// <summary>The JSON of stored consumer groups.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ConsumerGroup))]
internal sealed partial class ConsumerGroupJson : JsonSerializerContext;
