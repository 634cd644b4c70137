using System.Text.Json.Serialization;

namespace Nave.Hub.Uploads;

/// <summary>What is stored of file upload.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(UploadRecord))]
[JsonSerializable(typeof(FileUploadSettings))]
internal sealed partial class UploadJson : JsonSerializerContext;
