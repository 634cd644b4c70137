using Nave.Api;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <content>Lines of imports: identity, twin and what the job records of them in one transaction.</content>
public sealed partial class DeviceRegistry
{
    /// <summary>
    /// Applies a line of an import. The twin's part is checked on its own: where only that is refused, the identity's part is done.
    /// No tier's rate of registry calls counts it.
    /// </summary>
    /// <param name="line">The line; without a mode it is <see cref="ImportMode.CreateOrUpdate"/>.</param>
    /// <param name="mark">
    /// Adds the job's own writes to the transaction that applies the line; its second argument is why the twin's part was refused, or
    /// <see langword="null"/>. Called once for each attempt to commit.
    /// </param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>
    /// <see langword="null"/> if the line was applied and the mark is stored; else 404001, 404010, 409001, 409301, 412001, 413002,
    /// 413003, 400004, 400028, and nothing was written.
    /// </returns>
    internal async ValueTask<HubError?> ImportAsync(
        ExportImportDevice line, Action<StateTransaction, HubError?> mark, CancellationToken cancellationToken)
    {
        var wanted = line.ToIdentity();
        var mode = line.ImportMode ?? ImportMode.CreateOrUpdate;
        if (mode is ImportMode.UpdateTwin or ImportMode.UpdateTwinIfMatchETag)
        {
            return IdentityRules.Check(wanted.Id) ?? await _parts.Twins.PatchForJobAsync(
                wanted.Id,
                EncodeTwin(line, withReported: false),
                mode == ImportMode.UpdateTwin ? null : line.TwinETag,
                transaction => mark(transaction, null),
                cancellationToken);
        }

        if ((IdentityRules.Check(wanted) ?? await EnterFamilyAsync(wanted.DeviceId, cancellationToken)) is { } refused)
        {
            return refused;
        }

        try
        {
            return await ImportInFamilyAsync(wanted, mode, new ImportedTwin(HasTwin(line) ? EncodeTwin(line, withReported: true) : default, line.TwinETag), mark, cancellationToken);
        }
        finally
        {
            LeaveFamily(wanted.DeviceId);
        }
    }

    private async ValueTask<HubError?> ImportInFamilyAsync(
        DeviceIdentity wanted, ImportMode mode, ImportedTwin twin, Action<StateTransaction, HubError?> mark, CancellationToken cancellationToken)
    {
        // The etag counts only where the mode says so.
        var ifMatch = mode is ImportMode.UpdateIfMatchETag or ImportMode.CreateOrUpdateIfMatchETag or ImportMode.DeleteIfMatchETag
            ? IfMatch.Parse(wanted.ETag)
            : new IfMatch("*");
        if (mode is ImportMode.Delete or ImportMode.DeleteIfMatchETag)
        {
            return (await DeleteInFamilyAsync(wanted.Id, ifMatch, cancellationToken, transaction => mark(transaction, null))).Error;
        }

        var current = await ReadAsync(wanted.Id, cancellationToken);
        if (current is null)
        {
            return mode is ImportMode.Update or ImportMode.UpdateIfMatchETag
                ? await NotFoundAsync(wanted.Id, cancellationToken)
                : await ImportNewAsync(wanted, twin, mark, cancellationToken);
        }

        // The modules that an edge device has from the start come out of exports like others, and must go in again.
        if (mode is not (ImportMode.Update or ImportMode.UpdateIfMatchETag) && await IsUntouchedEdgeModuleAsync(current, cancellationToken))
        {
            return await ImportOverAsync(current, wanted, twin with { IsRestored = true }, mark, cancellationToken);
        }

        if (mode == ImportMode.Create)
        {
            return AlreadyExists(current.Id);
        }

        return ifMatch.Matches(current.Etag)
            ? await ImportOverAsync(current, wanted, twin, mark, cancellationToken)
            : Mismatch(wanted.Id, current.Etag, ifMatch);
    }

    private async ValueTask<HubError?> ImportNewAsync(
        DeviceIdentity wanted, ImportedTwin twin, Action<StateTransaction, HubError?> mark, CancellationToken cancellationToken)
    {
        if ((CheckCount() ?? await CheckScopesAsync(wanted, cancellationToken) ?? await CheckModulesAsync(wanted, cancellationToken)) is { } refused)
        {
            return refused;
        }

        var built = IdentityBuilder.Create(wanted, await _parts.Generations.NextAsync(cancellationToken), isRestored: true);
        if (!built.IsSuccess)
        {
            return built.Error;
        }

        var records = new List<IdentityRecord> { built.Value };
        if (built.Value.IotEdge)
        {
            records.AddRange(await MakeEdgeModulesAsync(wanted.DeviceId, cancellationToken));
        }

        // If only the twin's content is wrong, without that, as Azure does.
        var transaction = new StateTransaction();
        HubError? wrongTwin = null;
        if (!twin.Json.IsEmpty)
        {
            wrongTwin = _parts.Twins.AddRestored(transaction, records[0].ToTwinIdentity(), twin);
        }

        if (twin.Json.IsEmpty || wrongTwin is not null)
        {
            _parts.Twins.AddCreate(transaction, records[0].ToTwinIdentity());
        }

        mark(transaction, wrongTwin);
        return await CommitNewAsync(transaction, records, twins: 1, cancellationToken);
    }

    private async ValueTask<HubError?> ImportOverAsync(
        IdentityRecord current, DeviceIdentity wanted, ImportedTwin twin, Action<StateTransaction, HubError?> mark, CancellationToken cancellationToken)
    {
        if (await CheckScopesAsync(wanted, cancellationToken) is { } wrongScope)
        {
            return wrongScope;
        }

        var built = IdentityBuilder.Update(current, wanted, _parts.Time.GetUtcNow());
        if (!built.IsSuccess)
        {
            return built.Error;
        }

        // What is equal already keeps its etag, so that importing a file again changes nothing.
        var record = twin.IsRestored ? IdentityBuilder.WithEtagOf(wanted, built.Value) : built.Value;
        var transaction = new StateTransaction();
        if (!twin.IsRestored && record.HasContentOf(current))
        {
            await _parts.Twins.CommitImportAsync(transaction, current.Id, identity: null, twin, mark, cancellationToken);
            return null;
        }

        var added = await AddUpdateAsync(transaction, current, record, cancellationToken);
        try
        {
            var outcome = await _parts.Twins.CommitImportAsync(transaction, current.Id, record.ToTwinIdentity(), twin, mark, cancellationToken);
            if (!outcome.Applied)
            {
                return Mismatch(current.Id, current.Etag, new IfMatch("*"));
            }
        }
        finally
        {
            _parts.Directory.Invalidate(record.Id); // Also when it is not known whether it took effect.
        }

        await FinishUpdateAsync(current, record, added);
        return null;
    }

    /// <summary>Tells whether a module is one that the hub made by itself with its edge device, and that nobody has changed since.</summary>
    private async ValueTask<bool> IsUntouchedEdgeModuleAsync(IdentityRecord record, CancellationToken cancellationToken) =>
        record.Id.ModuleId is { } module && IdentityBuilder.EdgeModules.Contains(module)
        && await _parts.Twins.IsNewAsync(record.Id, cancellationToken);
}
