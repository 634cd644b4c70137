using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>Chooses hubs by the policy of the enrollment.</summary>
/// <param name="hubs">The linked hubs.</param>
/// <param name="webhook">Calls webhooks.</param>
internal sealed class Allocator(LinkedHubs hubs, IAllocationWebhook webhook)
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Chooses a hub.</summary>
    /// <returns>The choice; or 404210 (no hub is linked that the enrollment permits), 400207 to 400209 (the webhook).</returns>
    public async ValueTask<HubResult<AllocationDecision>> ChooseAsync(AllocationContext context, CancellationToken cancellationToken)
    {
        var enrollment = context.Enrolled.Record.Wire;
        var policy = enrollment.AllocationPolicy ?? AllocationPolicy.Hashed;
        var permitted = Permitted(enrollment, policy);
        if (permitted.Count == 0)
        {
            return new HubError(HubErrorCode.LinkedHubNotFound, policy == AllocationPolicy.Static
                ? $"The hub that the enrollment '{context.Enrolled.Record.Id}' names is not linked any more."
                : $"No hub is linked that the enrollment '{context.Enrolled.Record.Id}' permits.");
        }

        return policy switch
        {
            AllocationPolicy.Static => new AllocationDecision(permitted[0]),
            AllocationPolicy.Custom => await AskAsync(context, enrollment, permitted, cancellationToken),
            _ => new AllocationDecision(HashedAllocation.Choose(RegistrationIds.KeyOf(context.RegistrationId), permitted)),
        };
    }

    private static bool Has(IEnumerable<string> names, LinkedHub hub) => names.Contains(hub.HostName, StringComparer.OrdinalIgnoreCase);

    private List<LinkedHub> Permitted(Enrollment enrollment, AllocationPolicy policy)
    {
        var names = policy == AllocationPolicy.Static && !string.IsNullOrEmpty(enrollment.IotHubHostName)
            ? [enrollment.IotHubHostName]
            : enrollment.IotHubs;
        return [.. hubs.All().Where(hub => names is not { Count: > 0 } || Has(names, hub))];
    }

    private async ValueTask<HubResult<AllocationDecision>> AskAsync(
        AllocationContext context, Enrollment enrollment, List<LinkedHub> permitted, CancellationToken cancellationToken)
    {
        // 1. Ask. The address was checked when the enrollment was written.
        var url = new Uri(enrollment.CustomAllocationDefinition!.WebhookUrl!);
        var answer = await webhook.PostAsync(url, Request(context, enrollment, permitted), cancellationToken);
        if (!answer.IsSuccess)
        {
            return answer.Error;
        }

        // 2. Understand. The answer is not repeated: it is somebody else's text.
        if (!ApiJson.TryRead(answer.Value.Span, ProvisioningJson.Default.AllocationResponse, out var response, out _))
        {
            return new HubError(HubErrorCode.CustomAllocationFailed, "The allocation webhook's answer is no JSON object with iotHubHostName.");
        }

        if (string.IsNullOrEmpty(response.IotHubHostName))
        {
            return new HubError(HubErrorCode.CustomAllocationIotHubNotSpecified, "The allocation webhook's answer has no iotHubHostName.");
        }

        return permitted.Find(hub => hub.HostName.Equals(response.IotHubHostName, StringComparison.OrdinalIgnoreCase)) is { } chosen
            ? new AllocationDecision(chosen) { InitialTwin = response.InitialTwin, Payload = response.Payload.IsNull ? default : response.Payload }
            : new HubError(HubErrorCode.CustomAllocationFailed, "The allocation webhook chose a hub that is not among the linkedHubs that it was given.");
    }

    private static byte[] Request(AllocationContext context, Enrollment enrollment, List<LinkedHub> permitted)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(enrollment is EnrollmentGroup ? "enrollmentGroup"u8 : "individualEnrollment"u8);
            writer.WriteRawValue(EnrollmentView.Write(EnrollmentView.Public(enrollment)), skipInputValidation: true);
            writer.WriteStartObject("deviceRuntimeContext"u8);
            writer.WriteString("registrationId"u8, context.RegistrationId);
            if (context.CurrentHub is not null)
            {
                writer.WriteString("currentIotHubHostName"u8, context.CurrentHub);
                writer.WriteString("currentDeviceId"u8, context.CurrentDeviceId);
            }

            WriteProof(writer, context.Enrolled);
            if (!context.Payload.IsUndefined && !context.Payload.IsNull)
            {
                writer.WritePropertyName("payload"u8);
                writer.WriteRawValue(context.Payload.Utf8.Span, skipInputValidation: true);
            }

            writer.WriteEndObject();
            writer.WriteStartArray("linkedHubs"u8);
            foreach (var hub in permitted)
            {
                writer.WriteStringValue(hub.HostName);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    // Which proof it was; of a certificate what it says, of keys nothing.
    private static void WriteProof(Utf8JsonWriter writer, Enrolled enrolled)
    {
        switch (enrolled.Record.Attestation)
        {
            case AttestationType.X509:
                writer.WriteStartObject("x509"u8);
                if (enrolled.X509?.CertificateInfo is { } leaf)
                {
                    writer.WriteStartObject("clientCertificate"u8);
                    writer.WritePropertyName("info"u8);
                    JsonSerializer.Serialize(writer, leaf, ProvisioningJson.Wire.X509CertificateInfo);
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
                break;
            case AttestationType.Tpm:
                writer.WriteStartObject("tpm"u8);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteStartObject("symmetricKey"u8);
                writer.WriteEndObject();
                break;
        }
    }
}
