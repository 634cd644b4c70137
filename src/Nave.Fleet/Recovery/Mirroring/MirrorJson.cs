using System.Text.Json.Serialization;

namespace Nave.Fleet.Recovery;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RegistryMarks))]
[JsonSerializable(typeof(MirrorStatus))]
[JsonSerializable(typeof(MirrorPromotion))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(MirrorPair))]
[JsonSerializable(typeof(MirrorPosition))]
internal sealed partial class MirrorJson : JsonSerializerContext;
