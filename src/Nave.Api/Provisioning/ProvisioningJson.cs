using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>
/// How the provisioning service's types are written and read: names in camelCase, read in any letter case; what is absent is left out;
/// unknown fields are ignored. Read with <see cref="ApiJson.TryRead"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(WireTimeConverter),
        typeof(WireEnumConverter<AttestationType>),
        typeof(WireEnumConverter<AllocationPolicy>),
        typeof(WireEnumConverter<ProvisioningStatus>),
        typeof(WireEnumConverter<RegistrationStatus>),
        typeof(WireEnumConverter<RegistrationSubstatus>),
        typeof(WireEnumConverter<BulkEnrollmentMode>),
    ])]
[JsonSerializable(typeof(IndividualEnrollment))]
[JsonSerializable(typeof(IReadOnlyList<IndividualEnrollment>))]
[JsonSerializable(typeof(EnrollmentGroup))]
[JsonSerializable(typeof(IReadOnlyList<EnrollmentGroup>))]
[JsonSerializable(typeof(AttestationMechanism))]
[JsonSerializable(typeof(DeviceRegistrationState))]
[JsonSerializable(typeof(IReadOnlyList<DeviceRegistrationState>))]
[JsonSerializable(typeof(RegistrationOperationStatus))]
[JsonSerializable(typeof(X509RegistrationResult))]
[JsonSerializable(typeof(DeviceRegistrationRequest))]
[JsonSerializable(typeof(TpmChallengeBody))]
[JsonSerializable(typeof(AllocationResponse))]
[JsonSerializable(typeof(X509CertificateInfo))]
[JsonSerializable(typeof(BulkEnrollmentOperation))]
[JsonSerializable(typeof(BulkEnrollmentGroupOperation))]
[JsonSerializable(typeof(BulkEnrollmentOperationResult))]
[JsonSerializable(typeof(LinkedHubDescription))]
[JsonSerializable(typeof(IReadOnlyList<LinkedHubDescription>))]
public sealed partial class ProvisioningJson : JsonSerializerContext
{
    /// <summary>Gets the form to send: as <c>Default</c>, with <c>+</c> and the like unescaped, as the service writes keys.</summary>
    public static ProvisioningJson Wire => Holder.s_wire;

    // In a class of its own, for the order of static initialisers across the parts of a partial class is not defined.
    private static class Holder
    {
        internal static readonly ProvisioningJson s_wire = new(new JsonSerializerOptions(Default.Options)
        {
            TypeInfoResolver = null,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
