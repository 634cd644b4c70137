using System.Text.Json.Serialization;

namespace Nave.Hub.Webhooks;

/// <summary>What is stored of webhooks.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, IgnoreReadOnlyProperties = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(WebhookRecord))]
[JsonSerializable(typeof(PendingDelivery))]
[JsonSerializable(typeof(DeadLetter))]
[JsonSerializable(typeof(long[]))]
internal sealed partial class WebhookJson : JsonSerializerContext;
