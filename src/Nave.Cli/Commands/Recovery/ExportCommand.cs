using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave export</c>: a hub in one encrypted file.</summary>
internal sealed class ExportCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<string> _to = new("--to") { Description = "The file to write.", HelpName = "FILE", Required = true };
    private readonly ArchiveOptions _archive = new();
    private readonly Option<bool> _noEncryption = new("--no-encryption") { Description = "Write the archive in clear, keys of devices included." };
    private readonly Option<bool> _excludeKeys = new("--exclude-keys") { Description = "Leave symmetric keys out." };
    private readonly Option<bool> _configurations = new("--include-configurations") { Description = "Configurations and deployments too (default).", DefaultValueFactory = _ => true };
    private readonly Option<string?> _where = new("--where") { Description = "Only devices that meet a condition, such as \"tags.site = 'berlin'\", and their modules.", HelpName = "CONDITION" };
    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that is there." };
    private readonly Option<string?> _dps = new("--dps-connection-string") { Description = $"The provisioning service whose enrollments are exported too; @FILE reads it from a file.", HelpName = "TEXT" };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly HubOptions _hub = new();

    public ExportCommand(CliConsole console)
        : base("export", "Write a hub's devices, modules, keys, twins and configurations into one encrypted file.")
    {
        _console = console;
        Add(_to);
        _archive.AddTo(this);
        Add(_noEncryption);
        Add(_excludeKeys);
        Add(_configurations);
        Add(_where);
        Add(_force);
        Add(_dps);
        Add(_output);
        _hub.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        // 1. What is wanted, before anything is asked of the hub.
        var file = parsed.GetValue(_to)!;
        var key = _archive.Read(parsed, _console);
        if (key is null && !parsed.GetValue(_noEncryption) && !parsed.GetValue(_excludeKeys))
        {
            throw new CliException(
                $"The archive has keys of devices: give --passphrase-file or --key-file (or set {ArchiveOptions.Variable}), or --no-encryption, or --exclude-keys.",
                ExitCodes.Usage);
        }

        if (key is not null && parsed.GetValue(_noEncryption))
        {
            throw new CliException("--no-encryption contradicts the passphrase or key that is given.", ExitCodes.Usage);
        }

        if (File.Exists(file) && !parsed.GetValue(_force))
        {
            throw new CliException($"'{file}' exists; --force replaces it.");
        }

        var options = new BackupOptions
        {
            WithKeys = !parsed.GetValue(_excludeKeys),
            WithConfigurations = parsed.GetValue(_configurations),
            Where = parsed.GetValue(_where),
            IsWanted = DeviceFilter.Parse(parsed.GetValue(_where)),
        };

        // 2. Into a file beside it, which takes its place when it is whole.
        var target = _hub.Resolve(parsed, _console);
        using var service = target.CreateService();
        using var provisioning = BackupTarget.OpenProvisioning(parsed.GetValue(_dps), target);
        var hub = await HubRegistry.OpenAsync(service, cancellationToken);
        var total = (await service.GetStatisticsAsync(cancellationToken)).TotalDeviceCount;
        var manifest = await CloneProgressBar.ShowAsync(_console, progress => WriteAsync(
            file, key, hub, options with { Provisioning = provisioning, Progress = done => progress?.Invoke(new CloneProgress(ClonePhase.Copying, done, total)) }, cancellationToken));
        BackupView.Write(_console, parsed.GetValue(_output), file, manifest, key is not null);
        return ExitCodes.Ok;
    }

    private static async Task<ArchiveManifest> WriteAsync(
        string file, AgeKey? key, HubRegistry hub, BackupOptions options, CancellationToken cancellationToken)
    {
        var temporary = file + ".partial";
        try
        {
            ArchiveManifest manifest;
            await using (var stream = PrivateFile.Create(temporary, FileMode.Create))
            {
                await using var archive = await ArchiveWriter.OpenAsync(stream, key, TimeProvider.System.GetUtcNow(), cancellationToken);
                manifest = await new HubExport(hub, options).RunAsync(archive, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file, overwrite: true);
            return manifest;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
