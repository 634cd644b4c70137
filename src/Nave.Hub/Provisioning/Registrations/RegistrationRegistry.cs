using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <summary>The registrations of devices, as the service side sees them.</summary>
public sealed class RegistrationRegistry
{
    private readonly IStateStore _store;
    private readonly ProvisioningLimits _limits;

    internal RegistrationRegistry(IStateStore store, ProvisioningLimits limits)
    {
        _store = store;
        _limits = limits;
    }

    /// <summary>Gets a registration.</summary>
    /// <returns>The state; or 400202, 404202, 429001.</returns>
    public async ValueTask<HubResult<DeviceRegistrationState>> GetAsync(string registrationId, CancellationToken cancellationToken)
    {
        if ((_limits.TryTakeOperation() ?? RegistrationIds.Check(EnrollmentKind.Individual, registrationId)) is { } refused)
        {
            return refused;
        }

        return await FindAsync(registrationId, cancellationToken) is { Record: { } record } ? record.ToServiceState() : NotFound(registrationId);
    }

    /// <summary>Deletes the record of a registration: the device's next one is a first one. The identity in the hub stays.</summary>
    /// <param name="registrationId">Whose.</param>
    /// <param name="ifMatch">The <c>If-Match</c> header; none = any.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>True; or 400202, 404202, 412001, 429001.</returns>
    public async ValueTask<HubResult<bool>> DeleteAsync(string registrationId, string? ifMatch, CancellationToken cancellationToken)
    {
        if ((_limits.TryTakeOperation() ?? RegistrationIds.Check(EnrollmentKind.Individual, registrationId)) is { } refused)
        {
            return refused;
        }

        while (true)
        {
            var (record, version) = await FindAsync(registrationId, cancellationToken);
            if (record is null)
            {
                return NotFound(registrationId);
            }

            if (!IfMatch.Parse(ifMatch).Matches(record.Etag))
            {
                return new HubError(HubErrorCode.PreconditionFailed, $"Precondition failed: the registration '{registrationId}' has the etag {record.Etag}, not {IfMatch.Parse(ifMatch).Value}.");
            }

            var outcome = await _store.CommitAsync(
                new StateTransaction().Delete(RegistrationCodec.Collection, RegistrationIds.KeyOf(registrationId), version), cancellationToken);
            if (outcome.Applied)
            {
                return true;
            }
        }
    }

    /// <summary>Runs one page of a query over the registrations of a group; no text, or <c>*</c>, gives all of them.</summary>
    /// <returns>The page, its rows in id order; or 400004, 404204, 429001.</returns>
    public async ValueTask<HubResult<QueryPage>> QueryAsync(
        string groupId, string? query, int? pageSize, string? continuation, CancellationToken cancellationToken)
    {
        if ((_limits.TryTakeOperation() ?? RegistrationIds.Check(EnrollmentKind.Group, groupId)) is { } refused)
        {
            return refused;
        }

        return await ProvisioningQuery.RunAsync(
            QuerySource.Registrations, query, pageSize, continuation, (after, token) => RowsAsync(groupId, after, token), cancellationToken);
    }

    /// <summary>Reads a registration with the version of its document.</summary>
    internal async ValueTask<(RegistrationRecord? Record, long Version)> FindAsync(string registrationId, CancellationToken cancellationToken) =>
        await _store.ReadAsync(RegistrationCodec.Collection, RegistrationIds.KeyOf(registrationId), cancellationToken) is { } document
            ? (RegistrationCodec.Decode(document), document.Version)
            : (null, StateTransaction.Absent);

    /// <summary>Writes a registration, whatever is there.</summary>
    internal async ValueTask WriteAsync(RegistrationRecord record, CancellationToken cancellationToken) =>
        await _store.CommitAsync(Put(record, StateTransaction.Any), cancellationToken);

    /// <summary>Writes a registration, whatever is there, if its enrollment is still the same.</summary>
    internal ValueTask<StateOutcome> WriteAsync(RegistrationRecord record, EnrollmentRecord enrollment, CancellationToken cancellationToken) => _store.CommitAsync(
        Put(record, StateTransaction.Any).Require(EnrollmentCodec.CollectionOf(enrollment.Kind), RegistrationIds.KeyOf(enrollment.Id), enrollment.Version),
        cancellationToken);

    /// <summary>Writes a registration if its document still has a version.</summary>
    internal ValueTask<StateOutcome> TryWriteAsync(RegistrationRecord record, long version, CancellationToken cancellationToken) =>
        _store.CommitAsync(Put(record, version), cancellationToken);

    /// <summary>Reads the registrations whose identity is still to be removed from a hub.</summary>
    internal async IAsyncEnumerable<(RegistrationRecord Record, long Version)> ReadLeavingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in _store.ScanAsync(new StateScan(RegistrationCodec.Collection) { AnyOf = [RegistrationCodec.Leaving] }, cancellationToken))
        {
            yield return (RegistrationCodec.Decode(document), document.Version);
        }
    }

    private static StateTransaction Put(RegistrationRecord record, long version) => new StateTransaction().Put(
        RegistrationCodec.Collection, RegistrationIds.KeyOf(record.Id), RegistrationCodec.Encode(record), version, RegistrationCodec.TermsOf(record));

    private static HubError NotFound(string registrationId) =>
        new(HubErrorCode.DeviceRegistrationNotFound, $"The device '{registrationId}' has not registered.");

    private async IAsyncEnumerable<QueryDocument> RowsAsync(string groupId, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scan = new StateScan(RegistrationCodec.Collection) { After = after, AnyOf = [RegistrationCodec.TermOf(groupId)] };
        await foreach (var document in _store.ScanAsync(scan, cancellationToken))
        {
            yield return new QueryDocument(
                document.Key,
                System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
                    RegistrationCodec.Decode(document).ToServiceState(), ProvisioningJson.Wire.DeviceRegistrationState));
        }
    }
}
