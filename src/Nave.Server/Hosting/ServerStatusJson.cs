using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Server.Hosting;

/// <summary>JSON of the status.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ServerStatus))]
internal sealed partial class ServerStatusJson : JsonSerializerContext
{
    /// <summary>Makes a form for people to copy from: a <c>+</c> in a key stays one.</summary>
    public static ServerStatusJson Readable() => new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
