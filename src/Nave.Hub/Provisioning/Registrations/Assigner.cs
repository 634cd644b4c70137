using System.Security.Cryptography;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>Brings the identity of a device into the right hub. Every step looks at what is there, so it can be repeated after a crash.</summary>
/// <param name="hubs">The linked hubs.</param>
/// <param name="allocator">Chooses among them.</param>
internal sealed class Assigner(LinkedHubs hubs, Allocator allocator)
{
    // Somebody else creates or deletes the identity at the same time; more often than this it is not chance.
    private const int MaxAttempts = 4;

    /// <summary>Tells whether the same call may succeed later.</summary>
    public static bool IsTransient(HubError error) => error.HttpStatus is 408 or 429 or >= 500;

    /// <summary>Assigns a device.</summary>
    /// <param name="registrationId">The registration id.</param>
    /// <param name="enrolled">The enrollment and how the device will prove itself to the hub.</param>
    /// <param name="before">Its registration as it is, or <see langword="null"/>.</param>
    /// <param name="payload">What it sent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Where it is now; or what the webhook or a hub says; see <see cref="IsTransient"/>.</returns>
    public async ValueTask<HubResult<Assignment>> AssignAsync(
        string registrationId, Enrolled enrolled, RegistrationRecord? before, RawJson payload, CancellationToken cancellationToken)
    {
        // 1. Where is it now?
        var enrollment = enrolled.Record.Wire;
        var current = await FindCurrentAsync(before, cancellationToken);
        if (!current.IsSuccess)
        {
            return current.Error;
        }

        // 2. Where is it to be? A device that never moves keeps its device id, too.
        var policy = enrollment.ReprovisionPolicy ?? new ReprovisionPolicy { UpdateHubAssignment = true, MigrateDeviceData = true };
        if (current.Value.Hub is { } here && !policy.UpdateHubAssignment)
        {
            return await KeepAsync(here, before!, enrolled, cancellationToken); // It is somewhere, so it registered before.
        }

        var chosen = await allocator.ChooseAsync(
            new AllocationContext(registrationId, enrolled, payload, current.Value.Hub?.HostName, current.Value.Hub is null ? null : before?.DeviceId), cancellationToken);
        if (!chosen.IsSuccess)
        {
            return chosen.Error;
        }

        var decision = chosen.Value;
        var target = decision.Hub.Hub;
        var deviceId = enrolled.Record.DeviceId ?? before?.Id ?? registrationId;
        var stays = current.Value.Hub is { } old && IsSame(old, target) && before!.DeviceId == deviceId; // As above.
        if (before?.LeavingHub is { } leaving && !stays
            && !(leaving.Equals(target.HostName, StringComparison.OrdinalIgnoreCase) && before.LeavingDeviceId == deviceId))
        {
            return new HubError(HubErrorCode.ServerBusy, $"The identity of '{registrationId}' in the hub '{leaving}' is still to be removed.");
        }

        // 3. What becomes of its data?
        var initial = TwinContent.Of(decision.InitialTwin ?? enrollment.InitialTwin);
        var (plan, substatus) = (new TwinPlan(initial, TwinChangeMode.Merge), (RegistrationSubstatus?)RegistrationSubstatus.InitialAssignment);
        if (current.Value.Hub is { } from)
        {
            var moved = stays || !policy.MigrateDeviceData ? default : await ReadTwinAsync(from, before!.DeviceId!, cancellationToken); // As above.
            if (moved.Error is not null)
            {
                return moved.Error;
            }

            (plan, substatus) = (stays, policy.MigrateDeviceData) switch
            {
                (true, true) => (new TwinPlan(initial, TwinChangeMode.Keep), (RegistrationSubstatus?)null),
                (false, true) => (new TwinPlan(moved.Value, TwinChangeMode.Replace), RegistrationSubstatus.DeviceDataMigrated),
                _ => (new TwinPlan(initial, TwinChangeMode.Replace), RegistrationSubstatus.DeviceDataReset),
            };
        }

        // 4. The identity.
        var identity = await EnsureAsync(target, deviceId, enrolled, plan, current.Value.Hub is null, cancellationToken);
        return identity.IsSuccess
            ? new Assignment(target.HostName, deviceId, substatus) { Payload = decision.Payload, TpmKey = WrapKey(enrolled, identity.Value) }
            : identity.Error;
    }

    /// <summary>Removes the identity that a device has left.</summary>
    /// <returns>True if it is gone, or is not to go; false if the hub has to be asked again.</returns>
    public async ValueTask<bool> RemoveAsync(RegistrationRecord record, string hostName, string deviceId, CancellationToken cancellationToken)
    {
        var isHome = hostName.Equals(record.AssignedHub, StringComparison.OrdinalIgnoreCase) && deviceId == record.DeviceId;
        if (isHome || hubs.FindReachable(hostName) is not { } hub)
        {
            return true;
        }

        var error = await hub.DeleteAsync(deviceId, cancellationToken);
        return error is null || !IsTransient(error);
    }

    private static bool IsSame(ILinkedHub one, ILinkedHub other) => one.HostName.Equals(other.HostName, StringComparison.OrdinalIgnoreCase);

    // A hub that is gone, or one in which somebody deleted the identity, counts as none.
    private async ValueTask<HubResult<Current>> FindCurrentAsync(RegistrationRecord? before, CancellationToken cancellationToken)
    {
        if (before is not { AssignedHub: { } hostName, DeviceId: { } deviceId } || hubs.FindReachable(hostName) is not { } hub)
        {
            return default(Current);
        }

        var identity = await hub.FindAsync(deviceId, cancellationToken);
        return identity.IsSuccess ? new Current(hub)
            : identity.Error.Code == HubErrorCode.DeviceNotFound ? default(Current)
            : identity.Error;
    }

    private static async ValueTask<HubResult<Assignment>> KeepAsync(
        ILinkedHub hub, RegistrationRecord before, Enrolled enrolled, CancellationToken cancellationToken)
    {
        // The credentials follow: a device that renewed its certificate has to get in.
        var deviceId = before.DeviceId!; // It is somewhere.
        var identity = await EnsureAsync(hub, deviceId, enrolled, new TwinPlan(default, TwinChangeMode.Keep), isNew: false, cancellationToken);
        return identity.IsSuccess
            ? new Assignment(hub.HostName, deviceId, null) { Payload = before.Payload, TpmKey = WrapKey(enrolled, identity.Value) }
            : identity.Error;
    }

    private static async ValueTask<HubResult<ReadOnlyMemory<byte>>> ReadTwinAsync(ILinkedHub hub, string deviceId, CancellationToken cancellationToken)
    {
        var twin = await hub.GetTwinAsync(deviceId, cancellationToken);
        if (!twin.IsSuccess)
        {
            return twin.Error;
        }

        try
        {
            return TwinContent.OfServiceView(twin.Value);
        }
        catch (JsonException)
        {
            return new HubError(HubErrorCode.GenericBadGateway, $"The hub '{hub.HostName}' did not answer with a twin.");
        }
    }

    private static async ValueTask<HubResult<DeviceIdentity>> EnsureAsync(
        ILinkedHub hub, string deviceId, Enrolled enrolled, TwinPlan plan, bool isNew, CancellationToken cancellationToken)
    {
        HubError? error = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            // The usual case costs one call: creating a new device, or finding the one that is there.
            var result = isNew ? await CreateAsync(hub, deviceId, enrolled, plan, cancellationToken) : await UpdateAsync(hub, deviceId, enrolled, plan, cancellationToken);
            error = result.Error;
            if (error is null || error.Code is not (HubErrorCode.DeviceAlreadyExists or HubErrorCode.DeviceNotFound))
            {
                return result;
            }

            isNew = error.Code == HubErrorCode.DeviceNotFound;
        }

        return new HubError(HubErrorCode.ServerBusy, $"The identity '{deviceId}' in the hub '{hub.HostName}' comes and goes: {error!.Message}"); // Set in every attempt.
    }

    private static ValueTask<HubResult<DeviceIdentity>> CreateAsync(
        ILinkedHub hub, string deviceId, Enrolled enrolled, TwinPlan plan, CancellationToken cancellationToken) =>
        hub.CreateAsync(
            new DeviceIdentity
            {
                DeviceId = deviceId,
                Authentication = WithKeys(enrolled.Identity, null),
                Capabilities = enrolled.Record.Wire.Capabilities,
            },
            plan.Content,
            cancellationToken);

    private static async ValueTask<HubResult<DeviceIdentity>> UpdateAsync(
        ILinkedHub hub, string deviceId, Enrolled enrolled, TwinPlan plan, CancellationToken cancellationToken)
    {
        var found = await hub.FindAsync(deviceId, cancellationToken);
        if (!found.IsSuccess)
        {
            return found;
        }

        var identity = found.Value;
        var authentication = WithKeys(enrolled.Identity, identity.Authentication);
        var isEdge = enrolled.Record.Wire.Capabilities?.IotEdge == true;
        if (!IsSame(authentication, identity.Authentication) || isEdge != (identity.Capabilities?.IotEdge == true))
        {
            var updated = await hub.UpdateAsync(
                identity with { Authentication = authentication, Capabilities = new DeviceCapabilities { IotEdge = isEdge } }, cancellationToken);
            if (!updated.IsSuccess)
            {
                return updated;
            }

            identity = updated.Value;
        }

        return plan.Existing == TwinChangeMode.Keep
            || await hub.WriteTwinAsync(deviceId, plan.Content, plan.Existing == TwinChangeMode.Replace, cancellationToken) is not { } error
                ? identity
                : error;
    }

    /// <summary>Fills in the keys of a TPM's identity: those that it has, or new ones.</summary>
    private static DeviceAuthentication WithKeys(DeviceAuthentication wanted, DeviceAuthentication? current) =>
        wanted.Type != AuthenticationType.Sas || wanted.SymmetricKey is not null ? wanted : wanted with
        {
            SymmetricKey = current is { EffectiveType: AuthenticationType.Sas, SymmetricKey: { PrimaryKey.Length: > 0 } keys } ? keys : new SymmetricKeys
            {
                PrimaryKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
                SecondaryKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            },
        };

    private static bool IsSame(DeviceAuthentication wanted, DeviceAuthentication? current)
    {
        if (current is null || wanted.EffectiveType != current.EffectiveType)
        {
            return false;
        }

        return wanted.EffectiveType == AuthenticationType.Sas
            ? wanted.SymmetricKey?.PrimaryKey == current.SymmetricKey?.PrimaryKey && wanted.SymmetricKey?.SecondaryKey == current.SymmetricKey?.SecondaryKey
            : IsSame(wanted.X509Thumbprint?.PrimaryThumbprint, current.X509Thumbprint?.PrimaryThumbprint)
                && IsSame(wanted.X509Thumbprint?.SecondaryThumbprint, current.X509Thumbprint?.SecondaryThumbprint);
    }

    private static bool IsSame(string? one, string? other) => string.Equals(one ?? "", other ?? "", StringComparison.OrdinalIgnoreCase);

    private static byte[]? WrapKey(Enrolled enrolled, DeviceIdentity identity) =>
        enrolled.Tpm is { } tpm
            && TpmPublicKey.TryParse(tpm.EndorsementKey.Span, out var endorsementKey)
            && TpmPublicKey.TryParse(tpm.StorageRootKey.Span, out var storageRootKey)
            && identity.Authentication?.SymmetricKey?.PrimaryKey is { Length: > 0 } key
                ? TpmActivation.Wrap(endorsementKey, storageRootKey, Convert.FromBase64String(key))
                : null;

    /// <summary>The hub that has the device now, or none.</summary>
    private readonly record struct Current(ILinkedHub? Hub);
}
