using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave import</c>: an archive, or an export of Azure's tools, or a part of it, into a hub.</summary>
internal sealed class ImportCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<string> _from = new("--from") { Description = "The archive; of azure-blob a folder, or the URI of a container with a signature (@FILE reads it from a file).", HelpName = "FILE", Required = true };
    private readonly Option<BackupFormat> _format = BackupFormats.Option();
    private readonly ArchiveOptions _archive = new();
    private readonly Option<ImportMode> _mode = CommonOptions.Choice(
        "--mode", ImportMode.CreateOrUpdate, "What is done with identities and configurations. Default createOrUpdate.");

    private readonly Option<string?> _where = new("--where") { Description = "Only devices of the archive that meet a condition, and their modules.", HelpName = "CONDITION" };
    private readonly Option<bool> _configurations = new("--include-configurations") { Description = "Configurations and deployments too (default).", DefaultValueFactory = _ => true };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done, and do nothing." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on where an import of this archive was cut off." };
    private readonly Option<string?> _dps = new("--dps-connection-string") { Description = "The provisioning service that gets the archive's enrollments; @FILE reads it from a file.", HelpName = "TEXT" };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly HubOptions _hub = new();

    public ImportCommand(CliConsole console)
        : base("import", "Write an archive of nave export, or a part of it, into a hub. It is checked before anything is written.")
    {
        _console = console;
        Add(_from);
        Add(_format);
        _archive.AddTo(this);
        Add(_mode);
        Add(_where);
        Add(_configurations);
        Add(_dryRun);
        Add(_resume);
        Add(_dps);
        Add(_output);
        _hub.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(_from)!;
        var format = parsed.GetValue(_format);
        if (format != BackupFormat.Nave && (_archive.IsGiven(parsed) || parsed.GetValue(_dps) is not null))
        {
            throw new CliException("Only the format nave is encrypted and has enrollments.", ExitCodes.Usage);
        }

        var where = parsed.GetValue(_where);
        var options = new BackupOptions
        {
            Mode = parsed.GetValue(_mode),
            WithConfigurations = parsed.GetValue(_configurations),
            Where = where,
            IsWanted = DeviceFilter.Parse(where),
        };
        var target = _hub.Resolve(parsed, _console);
        using var service = target.CreateService();
        using var provisioning = BackupTarget.OpenProvisioning(parsed.GetValue(_dps), target);
        var hub = await HubRegistry.OpenAsync(service, cancellationToken);
        using var spooled = await SpoolAsync(format, file, cancellationToken);
        var open = spooled is null ? _archive.Opener(file, parsed, _console) : spooled.OpenAsync;
        var report = await CloneProgressBar.ShowAsync(_console, progress =>
        {
            var import = new HubImport(open, hub, options with
            {
                Provisioning = provisioning,
                Progress = done => progress?.Invoke(new CloneProgress(ClonePhase.Copying, done.Lines, done.TotalLines ?? done.Lines)),
            });
            return parsed.GetValue(_dryRun)
                ? import.TryAsync(cancellationToken)
                : import.RunAsync(BackupFormats.CheckpointOf(file), parsed.GetValue(_resume), cancellationToken);
        });
        BackupView.Write(_console, parsed.GetValue(_output), report);
        return report.Failed == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static async Task<SpooledArchive?> SpoolAsync(BackupFormat format, string place, CancellationToken cancellationToken)
    {
        switch (format)
        {
            case BackupFormat.AzureBlob:
                using (var container = BackupFormats.OpenContainer(place))
                {
                    return await SpooledArchive.OfBlobsAsync(container, cancellationToken);
                }

            case BackupFormat.AzState:
                await using (var file = File.OpenRead(place))
                {
                    return await SpooledArchive.OfAzStateAsync(file, Path.GetFileName(place), cancellationToken);
                }

            default:
                return null;
        }
    }
}
