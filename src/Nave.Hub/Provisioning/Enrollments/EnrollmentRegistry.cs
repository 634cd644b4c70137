using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <summary>The enrollments of the provisioning service, individual ones and groups. Read-after-write; every change is durable before the call returns.</summary>
public sealed partial class EnrollmentRegistry : IDisposable
{
    /// <summary>The most entries of one bulk call. Source: Azure's service API, wire facts 18.10.</summary>
    public const int MaxBulk = 10;

    /// <summary>The most groups: each is held in memory, and a device's key may have to be tried against all. Ours; Azure has 100 a kind.</summary>
    public const int MaxGroups = 1000;

    private readonly IStateStore _store;
    private readonly EnrollmentCodec _codec;
    private readonly EnrollmentBuilder _builder;
    private readonly ProvisioningLimits _limits;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changingGroups = new(1, 1);
    private GroupTable _groups;

    internal EnrollmentRegistry(
        IStateStore store, EnrollmentCodec codec, EnrollmentBuilder builder, ProvisioningLimits limits, GroupTable groups, ILogger logger)
    {
        _store = store;
        _codec = codec;
        _builder = builder;
        _limits = limits;
        _groups = groups;
        _logger = logger;
    }

    /// <summary>Gets all groups as they are now.</summary>
    internal GroupTable Groups => Volatile.Read(ref _groups);

    /// <summary>Gets an enrollment, without keys; an individual one with its registration's state.</summary>
    /// <returns>The enrollment, of the type that the kind says; or 404201, 404204, 400202, 400204, 429001.</returns>
    public async ValueTask<HubResult<Enrollment>> GetAsync(EnrollmentKind kind, string id, CancellationToken cancellationToken)
    {
        var found = await FindCheckedAsync(kind, id, cancellationToken);
        return found.IsSuccess ? await PresentAsync(EnrollmentView.Public(found.Value.Wire), cancellationToken) : found.Error;
    }

    /// <summary>Gets how the devices of an enrollment prove themselves, with its keys.</summary>
    /// <returns>The attestation, secrets included; or 404201, 404204, 400202, 400204, 429001.</returns>
    public async ValueTask<HubResult<AttestationMechanism>> GetAttestationAsync(EnrollmentKind kind, string id, CancellationToken cancellationToken)
    {
        var found = await FindCheckedAsync(kind, id, cancellationToken);
        return found.IsSuccess ? EnrollmentView.Attestation(found.Value) : found.Error;
    }

    /// <summary>Creates an enrollment, or replaces one. What an update leaves out of keys and certificates stays; everything else is as the body says.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="id">The registration id or the group's id.</param>
    /// <param name="enrollment">The content, of the type that the kind says.</param>
    /// <param name="ifMatch">
    /// The <c>If-Match</c> header: none = it must not exist; <c>*</c> or an etag = it must exist, with that etag. Wire facts 18.4.
    /// </param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The enrollment as stored, with symmetric keys; or 400004, 4002xx, 404201, 404204, 404210, 404211, 409201, 409202, 412001, 429001.</returns>
    public async ValueTask<HubResult<Enrollment>> PutAsync(
        EnrollmentKind kind, string id, Enrollment enrollment, string? ifMatch, CancellationToken cancellationToken)
    {
        if (_limits.TryTakeOperation() is { } throttled)
        {
            return throttled;
        }

        var stored = await WriteAsync(kind, id, enrollment, IfMatch.Parse(ifMatch), mayCreate: ifMatch is null || IfMatch.Parse(ifMatch).IsAbsent, cancellationToken);
        return stored.IsSuccess ? await PresentAsync(EnrollmentView.WithKeys(stored.Value), cancellationToken) : stored.Error;
    }

    /// <summary>Deletes an enrollment; an individual one with its registration's record. The identities in the hubs stay.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="id">The registration id or the group's id.</param>
    /// <param name="ifMatch">The <c>If-Match</c> header; none = any.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>True; or 404201, 404204, 412001, 400202, 400204, 429001.</returns>
    public async ValueTask<HubResult<bool>> DeleteAsync(EnrollmentKind kind, string id, string? ifMatch, CancellationToken cancellationToken)
    {
        if (_limits.TryTakeOperation() is { } throttled)
        {
            return throttled;
        }

        return await DeleteCoreAsync(kind, id, IfMatch.Parse(ifMatch), cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _changingGroups.Dispose();

    /// <summary>Reads an enrollment with its keys, or <see langword="null"/>.</summary>
    internal async ValueTask<EnrollmentRecord?> FindAsync(EnrollmentKind kind, string id, CancellationToken cancellationToken) =>
        kind == EnrollmentKind.Group ? Groups.Find(id)
        : await _store.ReadAsync(EnrollmentCodec.CollectionOf(kind), RegistrationIds.KeyOf(id), cancellationToken) is { } document ? _codec.Decode(kind, document)
        : null;

    private async ValueTask<HubResult<EnrollmentRecord>> FindCheckedAsync(EnrollmentKind kind, string id, CancellationToken cancellationToken)
    {
        if ((_limits.TryTakeOperation() ?? RegistrationIds.Check(kind, id)) is { } refused)
        {
            return refused;
        }

        return await FindAsync(kind, id, cancellationToken) is { } record ? record : NotFound(kind, id);
    }

    private async ValueTask<Enrollment> PresentAsync(Enrollment wire, CancellationToken cancellationToken) =>
        wire is IndividualEnrollment { RegistrationId: { } id } individual
            && await _store.ReadAsync(RegistrationCodec.Collection, RegistrationIds.KeyOf(id), cancellationToken) is { } document
            ? individual with { RegistrationState = RegistrationCodec.Decode(document).ToServiceState() }
            : wire;

    private async ValueTask<HubResult<EnrollmentRecord>> WriteAsync(
        EnrollmentKind kind, string id, Enrollment wanted, IfMatch ifMatch, bool mayCreate, CancellationToken cancellationToken)
    {
        if (RegistrationIds.Check(kind, id) is { } wrongId)
        {
            return wrongId;
        }

        // Groups are few, and the snapshot of them has to follow the store in order.
        var isGroup = kind == EnrollmentKind.Group;
        if (isGroup)
        {
            await _changingGroups.WaitAsync(cancellationToken);
        }

        try
        {
            while (true)
            {
                var current = await FindAsync(kind, id, cancellationToken);
                if (CheckCondition(kind, id, current, ifMatch, mayCreate) is { } refused)
                {
                    return refused;
                }

                var built = _builder.Build(kind, id, wanted, current);
                if (!built.IsSuccess)
                {
                    return built.Error;
                }

                var transaction = new StateTransaction().Put(
                    EnrollmentCodec.CollectionOf(kind), RegistrationIds.KeyOf(id), _codec.Encode(built.Value), current?.Version ?? StateTransaction.Absent, []);
                var outcome = await _store.CommitAsync(transaction, cancellationToken);
                if (!outcome.Applied)
                {
                    continue; // Somebody else was faster: look again.
                }

                var stored = built.Value with { Version = outcome.Version };
                if (isGroup)
                {
                    Volatile.Write(ref _groups, Groups.With(stored));
                }

                Log.Written(_logger, current is null ? "Created" : "Updated", kind, stored.Id);
                return stored;
            }
        }
        finally
        {
            if (isGroup)
            {
                _changingGroups.Release();
            }
        }
    }

    private HubError? CheckCondition(EnrollmentKind kind, string id, EnrollmentRecord? current, IfMatch ifMatch, bool mayCreate)
    {
        if (mayCreate)
        {
            return current is not null
                ? new HubError(
                    kind == EnrollmentKind.Group ? HubErrorCode.EnrollmentGroupConflict : HubErrorCode.EnrollmentConflict,
                    $"The {(kind == EnrollmentKind.Group ? "enrollment group" : "enrollment")} '{id}' exists already; an update needs If-Match.")
                : kind == EnrollmentKind.Group && Groups.Count >= MaxGroups
                    ? new HubError(HubErrorCode.TooManyEnrollments, $"There are {Groups.Count} enrollment groups; {MaxGroups} are permitted.")
                    : null;
        }

        return current is null ? NotFound(kind, id)
            : ifMatch.Matches(current.Etag) ? null
            : new HubError(HubErrorCode.PreconditionFailed, $"Precondition failed: '{id}' has the etag {current.Etag}, not {ifMatch.Value}.");
    }

    private async ValueTask<HubResult<bool>> DeleteCoreAsync(EnrollmentKind kind, string id, IfMatch ifMatch, CancellationToken cancellationToken)
    {
        if (RegistrationIds.Check(kind, id) is { } wrongId)
        {
            return wrongId;
        }

        var isGroup = kind == EnrollmentKind.Group;
        if (isGroup)
        {
            await _changingGroups.WaitAsync(cancellationToken);
        }

        try
        {
            while (true)
            {
                var current = await FindAsync(kind, id, cancellationToken);
                if (CheckCondition(kind, id, current, ifMatch, mayCreate: false) is { } refused)
                {
                    return refused;
                }

                var transaction = new StateTransaction().Delete(EnrollmentCodec.CollectionOf(kind), RegistrationIds.KeyOf(id), current!.Version); // Checked above.
                if (!isGroup)
                {
                    transaction.Delete(RegistrationCodec.Collection, RegistrationIds.KeyOf(id));
                }

                if (!(await _store.CommitAsync(transaction, cancellationToken)).Applied)
                {
                    continue;
                }

                if (isGroup)
                {
                    Volatile.Write(ref _groups, Groups.Without(id));
                }

                Log.Written(_logger, "Deleted", kind, current.Id);
                return true;
            }
        }
        finally
        {
            if (isGroup)
            {
                _changingGroups.Release();
            }
        }
    }

    private static HubError NotFound(EnrollmentKind kind, string id) => kind == EnrollmentKind.Group
        ? new HubError(HubErrorCode.EnrollmentGroupNotFound, $"There is no enrollment group '{id}'.")
        : new HubError(HubErrorCode.EnrollmentNotFound, $"There is no enrollment '{id}'.");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Change} the {Kind} enrollment {Id}")]
        public static partial void Written(ILogger logger, string change, EnrollmentKind kind, string id);
    }
}
