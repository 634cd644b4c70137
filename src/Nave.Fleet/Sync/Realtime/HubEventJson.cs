using System.Text.Json.Serialization;

namespace Nave.Fleet.Sync.Realtime;

/// <summary>The documents of the reader of events.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HubEventCheckpoint))]
internal sealed partial class HubEventJson : JsonSerializerContext;
