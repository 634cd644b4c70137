using System.Text.Json.Serialization;
using Nave.Server.Http.Own;

namespace Nave.Server.Http;

/// <summary>JSON of what only the server writes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HubDescription))]
[JsonSerializable(typeof(HubDescription[]))]
internal sealed partial class ServerJson : JsonSerializerContext;
