using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// Writes an archive into a hub. It reads the archive to its end and checks it before anything is written; then what is wanted of it is
/// written, and how far that is is kept beside the archive, so that a run that was cut off can be taken up.
/// </summary>
/// <param name="open">Opens the archive, each time anew.</param>
/// <param name="hub">The target.</param>
/// <param name="options">What is wanted.</param>
public sealed class HubImport(Func<CancellationToken, Task<ArchiveReader>> open, HubRegistry hub, BackupOptions options)
{
    private const int MaxErrors = 1000;

    private readonly List<ImportErrorLine> _errors = [];
    private long _failed;
    private long _devicesRead;
    private long _linesRead;
    private long _linesThere;

    /// <summary>Checks the archive.</summary>
    /// <exception cref="IOException">It is damaged, cut off, altered or locked with another key.</exception>
    public async Task<ArchiveManifest> VerifyAsync(CancellationToken cancellationToken)
    {
        var archive = await open(cancellationToken).ConfigureAwait(false);
        await using (archive.ConfigureAwait(false))
        {
            return await archive.VerifyAsync(ArchiveLines.Check, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares the archive with the hub and writes nothing.</summary>
    public async Task<ImportReport> TryAsync(CancellationToken cancellationToken)
    {
        var manifest = await VerifyAsync(cancellationToken).ConfigureAwait(false);
        var report = new ImportReport { IsDryRun = true, Source = manifest.Hub, Different = 0, Same = 0 };
        var pairs = RegistryOrder.MergeAsync(WantedAsync(cancellationToken), SortedRegistry.ReadAsync(hub, manifest.HasKeys, cancellationToken), cancellationToken);
        await foreach (var (id, line, there) in pairs.ConfigureAwait(false))
        {
            if (line is null)
            {
                continue;
            }

            report = id.IsModule ? report with { Modules = report.Modules + 1 } : report with { Devices = report.Devices + 1 };
            report = there is null ? report with { Written = report.Written + 1 }
                : RegistryMarks.Of(line, manifest.HasKeys).DifferencesFrom(RegistryMarks.Of(there, manifest.HasKeys)).Count > 0 ? report with { Different = report.Different + 1 }
                : report with { Same = report.Same + 1 };
        }

        return report with
        {
            Configurations = options.WithConfigurations ? LinesOf(manifest, ArchivePart.Configurations) : 0,
            Enrollments = options.Provisioning is null ? 0 : LinesOf(manifest, ArchivePart.Enrollments) + LinesOf(manifest, ArchivePart.EnrollmentGroups),
        };
    }

    /// <summary>Writes the archive.</summary>
    /// <param name="checkpoint">The file that keeps how far it is; <see langword="null"/> = none.</param>
    /// <param name="resume">Whether to go on where such a file says that a run was cut off.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <exception cref="RecoveryException">It cannot be done as it was asked for; nothing was written.</exception>
    /// <exception cref="IOException">The archive is not whole; nothing was written.</exception>
    public async Task<ImportReport> RunAsync(string? checkpoint, bool resume, CancellationToken cancellationToken)
    {
        // 1. Nothing is written of an archive that is not whole.
        var manifest = await VerifyAsync(cancellationToken).ConfigureAwait(false);
        if (!hub.IsNave && options.Mode is not (ImportMode.CreateOrUpdate or ImportMode.Delete))
        {
            throw new RecoveryException($"The mode {ModeName} is not possible on '{hub.HostName}', which is no Nave hub; createOrUpdate and delete are.");
        }

        var done = Start(manifest, checkpoint, resume);
        _linesThere = LinesOf(manifest, ArchivePart.Registry);

        // 2. Identities, those that are done left out.
        var (devices, modules, read) = (0L, 0L, 0L);
        async IAsyncEnumerable<ExportImportDevice> RestAsync()
        {
            await foreach (var line in WantedAsync(cancellationToken).ConfigureAwait(false))
            {
                _ = string.IsNullOrEmpty(line.ModuleId) ? devices++ : modules++;
                if (read++ >= done.Lines)
                {
                    yield return line with { ImportMode = options.Mode };
                }
            }
        }

        var summary = await hub.WriteAsync(RestAsync(), count => done = Advance(done, count, checkpoint), cancellationToken).ConfigureAwait(false);
        foreach (var error in summary.Errors)
        {
            Fail(new ImportErrorLine { DeviceId = error.DeviceId, ModuleId = error.ModuleId, ErrorCode = error.ErrorCode, ErrorStatus = error.ErrorStatus });
        }

        // 3. The rest is small.
        var configurations = options.WithConfigurations ? await WriteConfigurationsAsync(cancellationToken).ConfigureAwait(false) : 0;
        var enrollments = options.Provisioning is { } provisioning ? await WriteEnrollmentsAsync(provisioning, cancellationToken).ConfigureAwait(false) : 0;
        if (checkpoint is not null)
        {
            File.Delete(checkpoint);
        }

        return new ImportReport
        {
            Source = manifest.Hub,
            Devices = devices,
            Modules = modules,
            Written = summary.Applied,
            Configurations = configurations,
            Enrollments = enrollments,
            Failed = _failed,
            Errors = [.. _errors],
        };
    }

    private string ModeName => JsonNamingPolicy.CamelCase.ConvertName(options.Mode.ToString());

    private static long LinesOf(ArchiveManifest manifest, string part) => manifest.Parts.FirstOrDefault(one => one.Name == part)?.Lines ?? 0;

    private IAsyncEnumerable<ExportImportDevice> WantedAsync(CancellationToken cancellationToken) =>
        WantedLines.Of(CountAsync(cancellationToken), options.IsWanted, cancellationToken);

    private async IAsyncEnumerable<ExportImportDevice> CountAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (_devicesRead, _linesRead) = (0, 0);
        await foreach (var line in ArchiveLines.ReadRegistryAsync(open, cancellationToken).ConfigureAwait(false))
        {
            _devicesRead += string.IsNullOrEmpty(line.ModuleId) ? 1 : 0;
            _linesRead++;
            yield return line;
        }
    }

    private ImportCheckpoint Start(ArchiveManifest manifest, string? checkpoint, bool resume)
    {
        var content = manifest.Parts.FirstOrDefault(part => part.Name == ArchivePart.Registry)?.Sha256 ?? "";
        var start = new ImportCheckpoint(hub.HostName, content, ModeName, options.Where, 0);
        if (!resume || checkpoint is null)
        {
            return start;
        }

        if (!File.Exists(checkpoint))
        {
            throw new RecoveryException($"There is nothing to resume: '{checkpoint}' does not exist.");
        }

        ImportCheckpoint? stored;
        try
        {
            stored = JsonSerializer.Deserialize(File.ReadAllBytes(checkpoint), ArchiveJson.Default.ImportCheckpoint);
        }
        catch (JsonException)
        {
            stored = null;
        }

        return stored is not null && stored with { Lines = 0 } == start
            ? stored
            : throw new RecoveryException($"'{checkpoint}' is of another import (hub, archive, mode or condition); start anew without --resume.");
    }

    private ImportCheckpoint Advance(ImportCheckpoint done, int count, string? checkpoint)
    {
        var next = done with { Lines = done.Lines + count };
        options.Progress?.Invoke(new BackupProgress(_devicesRead, _linesRead, _linesThere));
        if (checkpoint is not null)
        {
            // Whole or not at all. One that is a batch behind is as good: a line that is written twice is the same.
            var temporary = checkpoint + ".new";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(next, ArchiveJson.Default.ImportCheckpoint));
            File.Move(temporary, checkpoint, overwrite: true);
        }

        return next;
    }

    private async Task<long> WriteConfigurationsAsync(CancellationToken cancellationToken)
    {
        var written = 0L;
        await foreach (var line in ArchiveLines.ReadAsync(open, ArchivePart.Configurations, ApiJson.Default.ExportImportConfiguration, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await ConfigurationWriter.WriteAsync(hub.Client, line.ToConfiguration(), options.Mode, cancellationToken).ConfigureAwait(false);
                written++;
            }
            catch (HubException e)
            {
                Fail(new ImportErrorLine { ConfigurationId = line.Id, ErrorCode = ErrorBody.HeaderOf(e.Code), ErrorStatus = e.Message });
            }
        }

        return written;
    }

    private async Task<long> WriteEnrollmentsAsync(ProvisioningServiceClient provisioning, CancellationToken cancellationToken)
    {
        var written = 0L;
        await foreach (var line in ArchiveLines.ReadAsync(open, ArchivePart.Enrollments, ProvisioningJson.Default.IndividualEnrollment, cancellationToken).ConfigureAwait(false))
        {
            written += await TryAsync(line.RegistrationId, () => EnrollmentWriter.WriteAsync(provisioning, line, options.Mode, cancellationToken)).ConfigureAwait(false);
        }

        await foreach (var line in ArchiveLines.ReadAsync(open, ArchivePart.EnrollmentGroups, ProvisioningJson.Default.EnrollmentGroup, cancellationToken).ConfigureAwait(false))
        {
            written += await TryAsync(line.EnrollmentGroupId, () => EnrollmentWriter.WriteAsync(provisioning, line, options.Mode, cancellationToken)).ConfigureAwait(false);
        }

        return written;
    }

    private async Task<int> TryAsync(string? id, Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
            return 1;
        }
        catch (HubException e)
        {
            Fail(new ImportErrorLine { DeviceId = id, ErrorCode = ErrorBody.HeaderOf(e.Code), ErrorStatus = $"Enrollment: {e.Message}" });
            return 0;
        }
    }

    private void Fail(ImportErrorLine error)
    {
        _failed++;
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(error);
        }
    }
}
