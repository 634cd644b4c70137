using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Makes one hub's registry that of another: identities with their keys, so that devices connect without a change, modules, twins with what was
/// reported, scopes. It compares and writes what is missing, in constant memory, so running it again goes on where it was cut off.
/// </summary>
public sealed class HubCloner(HubRegistry source, HubRegistry target, CloneOptions options)
{
    private const int MaxProblems = 1000;
    private const int ProgressEvery = 500;

    private readonly List<CloneProblem> _problems = [];
    private long _devices;
    private long _modules;
    private long _failed;
    private long _extra;
    private long _total;

    /// <summary>Copies, and compares afterwards if the options say so.</summary>
    /// <exception cref="RecoveryException">Nothing was written: both are one hub, or the target has devices and the options do not let that be.</exception>
    /// <exception cref="HubException">A hub refuses.</exception>
    public async Task<CloneReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        await CheckAsync(cancellationToken).ConfigureAwait(false);
        var summary = await target.WriteAsync(ChangesAsync(cancellationToken), null, cancellationToken).ConfigureAwait(false);
        foreach (var error in summary.Errors)
        {
            Fail(error.ModuleId is null ? error.DeviceId ?? string.Empty : $"{error.DeviceId}/{error.ModuleId}", $"{error.ErrorCode}: {error.ErrorStatus}");
        }

        options.Progress?.Invoke(new CloneProgress(ClonePhase.Configurations, 0, 0));
        var copier = new ConfigurationCopier(source.Client, target.Client);
        var configurations = await copier.CopyAsync(_ => options.Overwrite, static _ => false, cancellationToken).ConfigureAwait(false);
        foreach (var problem in configurations.Problems)
        {
            Fail(problem.Id, problem.Reason);
        }

        var differences = options.Verify ? await VerifyAsync(copier, cancellationToken).ConfigureAwait(false) : (long?)null;
        return new CloneReport
        {
            Devices = _devices,
            Modules = _modules,
            Configurations = configurations.Ids.Count,
            Written = summary.Applied + configurations.Written,
            Failed = _failed,
            Differences = differences,
            Extra = _extra,
            Seconds = options.TimeProvider.GetElapsedTime(started).TotalSeconds,
            Problems = _problems,
        };
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (source.HostName.Equals(target.HostName, StringComparison.OrdinalIgnoreCase))
        {
            throw new RecoveryException($"Source and target are the same hub, '{source.HostName}'.");
        }

        _total = (await source.Client.GetStatisticsAsync(cancellationToken).ConfigureAwait(false)).TotalDeviceCount;
        var there = (await target.Client.GetStatisticsAsync(cancellationToken).ConfigureAwait(false)).TotalDeviceCount;
        if (there > 0 && !options.Resume && !options.Overwrite)
        {
            throw new RecoveryException(
                $"The target '{target.HostName}' has {there} devices. To go on with a clone that was cut off, resume; to replace devices that differ, overwrite.");
        }
    }

    private async IAsyncEnumerable<ExportImportDevice> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var done = 0L;
        var pairs = RegistryOrder.MergeAsync(
            SortedRegistry.ReadAsync(source, withKeys: true, cancellationToken), SortedRegistry.ReadAsync(target, withKeys: true, cancellationToken), cancellationToken);
        await foreach (var (id, line, there) in pairs.ConfigureAwait(false))
        {
            if (++done % ProgressEvery == 0)
            {
                options.Progress?.Invoke(new CloneProgress(ClonePhase.Copying, done, _total));
            }

            if (line is null)
            {
                _extra++;
                continue;
            }

            Count(id);
            if (there is null)
            {
                yield return line with { ImportMode = ImportMode.CreateOrUpdate };
            }
            else if (RegistryMarks.Of(line).DifferencesFrom(RegistryMarks.Of(there)) is { Count: > 0 } parts)
            {
                if (options.Overwrite || (options.Resume && IsHubMadeModule(id)))
                {
                    yield return line with { ImportMode = ImportMode.CreateOrUpdate };
                }
                else
                {
                    Fail(id.ToString(), $"It is in the target already and differs in {Names(parts)}; it was not overwritten.");
                }
            }
        }

        options.Progress?.Invoke(new CloneProgress(ClonePhase.Copying, done, _total));
    }

    private async Task<long> VerifyAsync(ConfigurationCopier configurations, CancellationToken cancellationToken)
    {
        var (done, differences) = (0L, 0L);
        var pairs = RegistryOrder.MergeAsync(
            SortedRegistry.ReadAsync(source, withKeys: true, cancellationToken), SortedRegistry.ReadAsync(target, withKeys: true, cancellationToken), cancellationToken);
        await foreach (var (id, line, there) in pairs.ConfigureAwait(false))
        {
            if (++done % ProgressEvery == 0)
            {
                options.Progress?.Invoke(new CloneProgress(ClonePhase.Verifying, done, _total));
            }

            if (line is null)
            {
                continue;
            }

            var reason = there is null ? "The target does not have it."
                : RegistryMarks.Of(line).DifferencesFrom(RegistryMarks.Of(there)) is { Count: > 0 } parts ? $"The target has another {Names(parts)}."
                : null;
            if (reason is not null)
            {
                differences++;
                Add(id.ToString(), reason);
            }
        }

        foreach (var problem in await configurations.VerifyAsync(cancellationToken).ConfigureAwait(false))
        {
            differences++;
            Add(problem.Id, problem.Reason);
        }

        options.Progress?.Invoke(new CloneProgress(ClonePhase.Verifying, done, _total));
        return differences;
    }

    // The hub makes $edgeAgent and $edgeHub by itself with their device: a clone that is cut off between may leave them as new.
    private static bool IsHubMadeModule(IdentityId id) => id.ModuleId?.StartsWith('$') == true;

    private static string Names(IReadOnlyList<RegistryPart> parts) => string.Join(", ", parts.Select(part => part.ToString().ToLowerInvariant()));

    private void Count(IdentityId id)
    {
        if (id.IsModule)
        {
            _modules++;
        }
        else
        {
            _devices++;
        }
    }

    private void Fail(string id, string reason)
    {
        _failed++;
        Add(id, reason);
    }

    private void Add(string id, string reason)
    {
        if (_problems.Count < MaxProblems)
        {
            _problems.Add(new CloneProblem(id, reason));
        }
    }
}
