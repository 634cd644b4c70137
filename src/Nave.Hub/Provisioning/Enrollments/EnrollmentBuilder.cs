using Nave.Api;
using Nave.Hub.Security;
using Nave.Hub.Twins;

namespace Nave.Hub.Provisioning;

/// <summary>Makes a record from what a caller asks for: fills in defaults, keys and etags, and says what is not permitted.</summary>
/// <param name="authorities">The authorities that an enrollment may refer to.</param>
/// <param name="isLinked">Tells whether a hub is linked, by its host name.</param>
/// <param name="time">The clock.</param>
internal sealed class EnrollmentBuilder(CertificateAuthorities authorities, Func<string, bool> isLinked, TimeProvider time)
{
    private const int MaxHubs = 50; // As many as Azure links; wire facts 16.6.
    private const int MaxUrlLength = 2048;

    /// <summary>Makes what a new enrollment is, or what one becomes when it is replaced.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="id">The id of the path.</param>
    /// <param name="wanted">The body.</param>
    /// <param name="current">What it is now; <see langword="null"/> = it is new.</param>
    /// <returns>The record, not stored; or 400004, 400201 to 400204, 404210, 404211.</returns>
    public HubResult<EnrollmentRecord> Build(EnrollmentKind kind, string id, Enrollment wanted, EnrollmentRecord? current)
    {
        // 1. Who.
        if ((RegistrationIds.Check(kind, id) ?? CheckIds(id, wanted)) is { } wrongId)
        {
            return wrongId;
        }

        // 2. What is no secret.
        if ((CheckPolicy(wanted) ?? CheckHubs(wanted) ?? CheckTwin(wanted) ?? CheckInformation(wanted)) is { } wrong)
        {
            return wrong;
        }

        // 3. How devices prove themselves.
        var attestation = new AttestationBuilder(authorities).Build(kind, wanted.Attestation, current);
        if (!attestation.IsSuccess)
        {
            return attestation.Error;
        }

        var now = time.GetUtcNow();
        var common = wanted with
        {
            Attestation = attestation.Value.Wire,
            Etag = Etags.New(),
            ProvisioningStatus = wanted.ProvisioningStatus ?? ProvisioningStatus.Enabled,
            ReprovisionPolicy = wanted.ReprovisionPolicy ?? new ReprovisionPolicy { UpdateHubAssignment = true, MigrateDeviceData = true },
            AllocationPolicy = PolicyOf(wanted),
            Capabilities = wanted.Capabilities ?? new DeviceCapabilities(),
            IotHubs = wanted.IotHubs is { Count: > 0 } hubs ? hubs : null,
            CreatedDateTimeUtc = current?.Wire.CreatedDateTimeUtc ?? now,
            LastUpdatedDateTimeUtc = now,
        };
        return new EnrollmentRecord
        {
            Kind = kind,
            Id = current?.Id ?? id,
            Wire = common switch
            {
                EnrollmentGroup group => group with { EnrollmentGroupId = current?.Id ?? id },
                IndividualEnrollment individual => individual with
                {
                    RegistrationId = current?.Id ?? id,
                    DeviceId = string.IsNullOrEmpty(individual.DeviceId) ? null : individual.DeviceId,
                    RegistrationState = null,
                },
                _ => common,
            },
            PrimaryKey = attestation.Value.PrimaryKey,
            SecondaryKey = attestation.Value.SecondaryKey,
            Certificates = attestation.Value.Certificates,
        };
    }

    private static AllocationPolicy PolicyOf(Enrollment wanted) =>
        wanted.AllocationPolicy ?? (string.IsNullOrEmpty(wanted.IotHubHostName) ? AllocationPolicy.Hashed : AllocationPolicy.Static);

    private static HubError? CheckIds(string id, Enrollment wanted)
    {
        var (inBody, deviceId) = wanted switch
        {
            IndividualEnrollment individual => (individual.RegistrationId, individual.DeviceId),
            EnrollmentGroup group => (group.EnrollmentGroupId, null),
            _ => (null, null),
        };
        if (!string.IsNullOrEmpty(inBody) && !inBody.Equals(id, StringComparison.OrdinalIgnoreCase))
        {
            return Wrong($"The body names '{(inBody.Length > 128 ? inBody[..128] : inBody)}', the path '{id}'; they must be the same.");
        }

        return string.IsNullOrEmpty(deviceId) ? null : IdentityRules.Check(new IdentityId(deviceId));
    }

    private static HubError? CheckPolicy(Enrollment wanted)
    {
        var policy = PolicyOf(wanted);
        if (policy == AllocationPolicy.Static && string.IsNullOrEmpty(wanted.IotHubHostName) && wanted.IotHubs is not { Count: 1 })
        {
            return Wrong("The allocation policy static needs the hub: in iotHubHostName, or as the one item of iotHubs.");
        }

        if (policy != AllocationPolicy.Custom)
        {
            return null;
        }

        var url = wanted.CustomAllocationDefinition?.WebhookUrl;
        return url is { Length: <= MaxUrlLength } && Uri.TryCreate(url, UriKind.Absolute, out var webhook) && IsPermitted(webhook)
            ? null
            : Wrong($"The allocation policy custom needs customAllocationDefinition.webhookUrl: an https address (http on this machine) of at most {MaxUrlLength} characters.");
    }

    private static bool IsPermitted(Uri webhook) =>
        webhook.Scheme == Uri.UriSchemeHttps || (webhook.Scheme == Uri.UriSchemeHttp && webhook.IsLoopback);

    private HubError? CheckHubs(Enrollment wanted)
    {
        if (wanted.IotHubs is { Count: > MaxHubs } many)
        {
            return Wrong($"iotHubs has {many.Count} items; {MaxHubs} are permitted.");
        }

        IEnumerable<string> named = string.IsNullOrEmpty(wanted.IotHubHostName) ? [] : [wanted.IotHubHostName];
        foreach (var name in named.Concat(wanted.IotHubs ?? []))
        {
            // A list in JSON may hold null, whatever its type says.
            if (name is null || !isLinked(name))
            {
                return new HubError(HubErrorCode.LinkedHubNotFound, $"The hub '{name}' is not linked to this provisioning service.");
            }
        }

        return null;
    }

    private HubError? CheckTwin(Enrollment wanted)
    {
        if (wanted.InitialTwin is not { } twin)
        {
            return null;
        }

        foreach (var (name, section) in ((string, RawJson)[])[("tags", twin.Tags), ("properties.desired", twin.Properties?.Desired ?? default)])
        {
            if (!section.IsUndefined && !section.IsNull && section.Utf8.Span[0] != (byte)'{')
            {
                return Wrong($"initialTwin.{name} must be a JSON object.");
            }
        }

        // What a hub would refuse is refused now, not when the first device comes.
        var content = TwinContent.Of(twin);
        if (content.IsEmpty)
        {
            return null;
        }

        if (!TwinRequest.TryRead(content, out var request, out var error))
        {
            return error;
        }

        var part = TwinIdentityPart.From(new TwinIdentity { Id = new IdentityId("device"), GenerationId = "1", Etag = "" });
        return TwinEdit.MakeInitial(part, request, time.GetUtcNow()).Error;
    }

    private static HubError? CheckInformation(Enrollment wanted) =>
        wanted.OptionalDeviceInformation is { IsUndefined: false, IsNull: false } information && information.Utf8.Span[0] != (byte)'{'
            ? Wrong("optionalDeviceInformation must be a JSON object.")
            : null;

    private static HubError Wrong(string message) => new(HubErrorCode.ArgumentInvalid, message);
}
