using System.Text.Json.Serialization;

namespace Nave.Client;

/// <summary>The JSON of feedback.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(FeedbackRecord[]))]
internal sealed partial class FeedbackJson : JsonSerializerContext;
