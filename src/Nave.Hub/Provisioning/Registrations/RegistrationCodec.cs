using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <summary>
/// What the collection <c>registration</c> keeps, under the registration id in lower case: <see cref="RegistrationDocument"/>, as JSON.
/// Terms: <c>group</c> = the group's id in lower case; <c>leaving</c> = <c>1</c> while an identity is still to be removed from a hub.
/// </summary>
internal static class RegistrationCodec
{
    public const string Collection = "registration";

    /// <summary>The term of registrations whose identity is still to be removed from a hub.</summary>
    public static readonly StateTerm Leaving = new("leaving", "1");

    private const int Format = 1;

    /// <summary>Gets the term of a group's registrations.</summary>
    public static StateTerm TermOf(string groupId) => new("group", RegistrationIds.KeyOf(groupId));

    public static IReadOnlyList<StateTerm> TermsOf(RegistrationRecord record) => (record.GroupId, record.LeavingHub) switch
    {
        (null, null) => [],
        (null, _) => [Leaving],
        (var group, null) => [TermOf(group)],
        var (group, _) => [TermOf(group), Leaving],
    };

    public static byte[] Encode(RegistrationRecord record) => JsonSerializer.SerializeToUtf8Bytes(
        new RegistrationDocument
        {
            Format = Format,
            Id = record.Id,
            Group = record.GroupId,
            Attestation = (int)record.Attestation,
            Status = (int)record.Status,
            Substatus = (int?)record.Substatus,
            Etag = record.Etag,
            Created = record.Created.UtcTicks,
            Updated = record.Updated.UtcTicks,
            Operation = record.OperationId,
            Hub = record.AssignedHub,
            Device = record.DeviceId,
            ErrorCode = (int)record.ErrorCode,
            ErrorMessage = record.ErrorMessage,
            Payload = record.Payload.IsUndefined ? null : record.Payload.Utf8.ToArray(),
            TpmKey = record.TpmKey,
            X509 = record.X509 is null ? null : JsonSerializer.SerializeToUtf8Bytes(record.X509, ProvisioningJson.Default.X509RegistrationResult),
            Pending = record.PendingPayload.IsUndefined ? null : record.PendingPayload.Utf8.ToArray(),
            LeavingHub = record.LeavingHub,
            LeavingDevice = record.LeavingDeviceId,
        },
        RegistrationJson.Default.RegistrationDocument);

    /// <summary>Reads a document.</summary>
    /// <exception cref="InvalidDataException">It is damaged or of a later format.</exception>
    public static RegistrationRecord Decode(StateDocument document)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(document.Body.Span, RegistrationJson.Default.RegistrationDocument) ?? throw new JsonException("It is null.");
            if (stored.Format != Format)
            {
                throw new InvalidDataException($"The registration '{document.Key}' has format {stored.Format}; this program reads {Format}.");
            }

            return new RegistrationRecord
            {
                Id = stored.Id,
                GroupId = stored.Group,
                Attestation = Defined((AttestationType)stored.Attestation),
                Status = Defined((RegistrationStatus)stored.Status),
                Substatus = stored.Substatus is { } substatus ? Defined((RegistrationSubstatus)substatus) : null,
                Etag = stored.Etag,
                Created = new DateTimeOffset(stored.Created, TimeSpan.Zero),
                Updated = new DateTimeOffset(stored.Updated, TimeSpan.Zero),
                OperationId = stored.Operation,
                AssignedHub = stored.Hub,
                DeviceId = stored.Device,
                ErrorCode = (HubErrorCode)stored.ErrorCode,
                ErrorMessage = stored.ErrorMessage,
                Payload = RawOf(stored.Payload),
                TpmKey = stored.TpmKey,
                X509 = stored.X509 is null ? null : JsonSerializer.Deserialize(stored.X509, ProvisioningJson.Default.X509RegistrationResult),
                PendingPayload = RawOf(stored.Pending),
                LeavingHub = stored.LeavingHub,
                LeavingDeviceId = stored.LeavingDevice,
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentOutOfRangeException or InvalidOperationException)
        {
            throw new InvalidDataException($"The document of the registration '{document.Key}' is damaged.", e);
        }
    }

    private static RawJson RawOf(byte[]? json) =>
        json is null ? default : RawJson.TryCreate(json, out var raw) ? raw : throw new FormatException("A payload is no JSON.");

    // The numbers are stored: never change one.
    private static T Defined<T>(T value)
        where T : struct, Enum => Enum.IsDefined(value) ? value : throw new FormatException($"{typeof(T).Name} {value} is not known.");
}
