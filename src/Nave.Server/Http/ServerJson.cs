using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Hub.Uploads;
using Nave.Hub.Webhooks;
using Nave.Server.Http.Own;
using Nave.Server.Http.Uploads;
using Nave.Server.Http.Webhooks;

namespace Nave.Server.Http;

/// <summary>JSON of what only the server writes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HubDescription))]
[JsonSerializable(typeof(HubDescription[]))]
[JsonSerializable(typeof(CertificateAuthority))]
[JsonSerializable(typeof(CertificateAuthority[]))]
[JsonSerializable(typeof(ConsumerGroup))]
[JsonSerializable(typeof(ConsumerGroup[]))]
[JsonSerializable(typeof(StandbyState))]
[JsonSerializable(typeof(PolicyDescription))]
[JsonSerializable(typeof(PolicyDescription[]))]
[JsonSerializable(typeof(FileUploadRequest))]
[JsonSerializable(typeof(FileUploadCompletion))]
[JsonSerializable(typeof(FileUploadTicket))]
[JsonSerializable(typeof(FileUploadDescription))]
[JsonSerializable(typeof(WebhookRequest))]
[JsonSerializable(typeof(WebhookStatus))]
[JsonSerializable(typeof(WebhookStatus[]))]
[JsonSerializable(typeof(WebhookTestResult))]
[JsonSerializable(typeof(DeadLetter[]))]
internal sealed partial class ServerJson : JsonSerializerContext
{
    /// <summary>Gets the form to write: keys in it are copied by people, so a <c>+</c> stays one.</summary>
    public static ServerJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
