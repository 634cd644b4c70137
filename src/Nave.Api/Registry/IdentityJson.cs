using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Reads <see cref="IdentityDocument"/>, on behalf of <see cref="DeviceIdentityConverter"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(WireTimeConverter), typeof(WireEnumConverter<DeviceStatus>), typeof(WireEnumConverter<AuthenticationType>)])]
[JsonSerializable(typeof(IdentityDocument))]
internal sealed partial class IdentityJson : JsonSerializerContext;
