using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;
using Nave.Hub.Provisioning;

namespace Nave.Fuzz.Api;

/// <summary>
/// Documents of device provisioning. The first byte says which: an enrollment, a group, both in bulk, a registration, the answers that a
/// device and the service get, a webhook's.
/// </summary>
internal sealed class ProvisioningJsonTarget() : FuzzTarget("provisioning-json",
[
    Seed(0, """{"registrationId":"r1","deviceId":"d1","attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==","secondaryKey":"MDEyMzQ1Njc4OWFiY2RlZg=="}},"provisioningStatus":"enabled","allocationPolicy":"static","iotHubs":["hub.test"],"initialTwin":{"tags":{"a":1},"properties":{"desired":{"x":1.50}}},"reprovisionPolicy":{"updateHubAssignment":true,"migrateDeviceData":false},"capabilities":{"iotEdge":true},"optionalDeviceInformation":{"a":1},"etag":"MQ=="}"""),
    Seed(0, """{"registrationId":"r1","attestation":{"type":"x509","x509":{"clientCertificates":{"primary":{"certificate":"AQID"}}}},"allocationPolicy":"custom","customAllocationDefinition":{"webhookUrl":"https://a.test/x","apiVersion":"2021-10-01"}}"""),
    Seed(1, """{"enrollmentGroupId":"g1","attestation":{"type":"x509","x509":{"signingCertificates":{"primary":{"certificate":"AQID"}},"caReferences":{"primary":"ca"}}},"createdDateTimeUtc":"2026-01-02T03:04:05Z"}"""),
    Seed(2, """{"mode":"create","enrollments":[{"registrationId":"r1","attestation":{"type":"tpm","tpm":{"endorsementKey":"AQID"}}}]}"""),
    Seed(3, """{"mode":"delete","enrollmentGroups":[{"enrollmentGroupId":"g1"}]}"""),
    Seed(4, """{"registrationId":"r1","tpm":{"endorsementKey":"AQID","storageRootKey":"AQID"},"payload":{"modelId":"dtmi:a;1"}}"""),
    Seed(5, """{"operationId":"4.abc","status":"assigned","registrationState":{"registrationId":"r1","assignedHub":"hub.test","deviceId":"d1","status":"assigned","substatus":"initialAssignment","etag":"MQ==","lastUpdatedDateTimeUtc":"2026-01-02T03:04:05Z","payload":{"a":1}}}"""),
    Seed(6, """{"iotHubHostName":"hub.test","initialTwin":{"tags":{"a":1},"properties":{"desired":{"x":1}}},"payload":[1]}"""),
])
{
    private const int Kinds = 7;

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input)
    {
        if (input.Length == 0)
        {
            return false;
        }

        var body = input.AsSpan(1);
        return (input[0] % Kinds) switch
        {
            0 => Read(body, ProvisioningJson.Default.IndividualEnrollment, enrollment => Use(EnrollmentKind.Individual, enrollment.RegistrationId)),
            1 => Read(body, ProvisioningJson.Default.EnrollmentGroup, group => Use(EnrollmentKind.Group, group.EnrollmentGroupId)),
            2 => Read(body, ProvisioningJson.Default.BulkEnrollmentOperation),
            3 => Read(body, ProvisioningJson.Default.BulkEnrollmentGroupOperation),
            4 => Read(body, ProvisioningJson.Default.DeviceRegistrationRequest, request => Use(EnrollmentKind.Individual, request.RegistrationId)),
            5 => Read(body, ProvisioningJson.Default.RegistrationOperationStatus),
            _ => Read(body, ProvisioningJson.Default.AllocationResponse),
        };
    }

    private static byte[] Seed(byte kind, string json) => [kind, .. Texts(json)[0]];

    private static void Use(EnrollmentKind kind, string? id)
    {
        if (id is not null)
        {
            _ = RegistrationIds.Check(kind, id);
        }
    }

    // What was read is written in the same way each time, and read again.
    private static bool Read<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type, Action<T>? use = null)
        where T : class
    {
        if (!ApiJson.TryRead(body, type, out var value, out var error))
        {
            Check(error.Message.Length > 0, "an error says something");
            return false;
        }

        use?.Invoke(value);
        var written = JsonSerializer.SerializeToUtf8Bytes(value, type);
        if (!ApiJson.TryRead(written, type, out var again, out error))
        {
            throw new InvalidOperationException($"What was written is not read: {error.Message}");
        }

        Check(JsonSerializer.SerializeToUtf8Bytes(again, type).AsSpan().SequenceEqual(written), "a document is read as it was written");
        return true;
    }
}
