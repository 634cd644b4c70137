using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>Enrollments, groups and registrations as these commands write them. Keys are there only if they are in what is written.</summary>
internal static class EnrollmentView
{
    private static readonly JsonView s_enrollment = new(
        "registrationId", "deviceId", "provisioningStatus", "attestation.type", "attestation.symmetricKey.primaryKey",
        "attestation.symmetricKey.secondaryKey", "allocationPolicy", "iotHubHostName", "iotHubs", "registrationState.status",
        "registrationState.assignedHub", "registrationState.deviceId", "lastUpdatedDateTimeUtc", "etag");

    private static readonly JsonView s_enrollments = new(
        "registrationId", "deviceId", "provisioningStatus", "attestation.type", "allocationPolicy", "registrationState.status",
        "registrationState.assignedHub", "lastUpdatedDateTimeUtc");

    private static readonly JsonView s_group = new(
        "enrollmentGroupId", "provisioningStatus", "attestation.type", "attestation.symmetricKey.primaryKey",
        "attestation.symmetricKey.secondaryKey", "allocationPolicy", "iotHubHostName", "iotHubs", "lastUpdatedDateTimeUtc", "etag");

    private static readonly JsonView s_groups = new(
        "enrollmentGroupId", "provisioningStatus", "attestation.type", "allocationPolicy", "lastUpdatedDateTimeUtc");

    private static readonly JsonView s_registration = new(
        "registrationId", "status", "substatus", "assignedHub", "deviceId", "errorCode", "errorMessage", "createdDateTimeUtc", "lastUpdatedDateTimeUtc", "etag");

    private static readonly JsonView s_registrations = new("registrationId", "status", "assignedHub", "deviceId", "lastUpdatedDateTimeUtc");

    /// <summary>Keys are shown by what is asked for them: <c>create</c> and <c>show --keys</c>.</summary>
    public static AttestationMechanism? WithoutKeys(AttestationMechanism? attestation) => attestation is null ? null : attestation with { SymmetricKey = null };

    public static void Write(CliConsole console, OutputFormat format, IndividualEnrollment enrollment) => s_enrollment.WriteOne(console, format, Json(enrollment));

    public static void Write(CliConsole console, OutputFormat format, EnrollmentGroup group) => s_group.WriteOne(console, format, Json(group));

    public static void Write(CliConsole console, OutputFormat format, DeviceRegistrationState state) => s_registration.WriteOne(console, format, Json(state));

    public static Task WriteAllAsync(CliConsole console, OutputFormat format, IAsyncEnumerable<IndividualEnrollment> all) =>
        s_enrollments.WriteAllAsync(console, format, all.Select(Json));

    public static Task WriteAllAsync(CliConsole console, OutputFormat format, IAsyncEnumerable<EnrollmentGroup> all) =>
        s_groups.WriteAllAsync(console, format, all.Select(Json));

    public static Task WriteAllAsync(CliConsole console, OutputFormat format, IAsyncEnumerable<DeviceRegistrationState> all) =>
        s_registrations.WriteAllAsync(console, format, all.Select(Json));

    private static RawJson Json(IndividualEnrollment value) => Raw(JsonSerializer.SerializeToUtf8Bytes(value, ProvisioningJson.Wire.IndividualEnrollment));

    private static RawJson Json(EnrollmentGroup value) => Raw(JsonSerializer.SerializeToUtf8Bytes(value, ProvisioningJson.Wire.EnrollmentGroup));

    private static RawJson Json(DeviceRegistrationState value) => Raw(JsonSerializer.SerializeToUtf8Bytes(value, ProvisioningJson.Wire.DeviceRegistrationState));

    private static RawJson Raw(byte[] utf8) => RawJson.TryCreate(utf8, out var json) ? json : throw new InvalidOperationException("What was written is no JSON.");
}
