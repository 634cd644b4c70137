using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave export</c>: a hub in one encrypted file, or in a form that Azure's tools read.</summary>
internal sealed class ExportCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<string> _to = new("--to") { Description = "The file to write; of azure-blob a folder, or the URI of a container with a signature (@FILE reads it from a file).", HelpName = "FILE", Required = true };
    private readonly Option<BackupFormat> _format = BackupFormats.Option();
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
        Add(_format);
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
        var format = parsed.GetValue(_format);
        var key = format == BackupFormat.Nave ? _archive.Read(parsed, _console) : null;
        if (format != BackupFormat.Nave)
        {
            CheckForeign(parsed);
        }
        else if (key is null && !parsed.GetValue(_noEncryption) && !parsed.GetValue(_excludeKeys))
        {
            throw new CliException(
                $"The archive has keys of devices: give --passphrase-file or --key-file (or set {ArchiveOptions.Variable}), or --no-encryption, or --exclude-keys.",
                ExitCodes.Usage);
        }

        if (key is not null && parsed.GetValue(_noEncryption))
        {
            throw new CliException("--no-encryption contradicts the passphrase or key that is given.", ExitCodes.Usage);
        }

        if (format != BackupFormat.AzureBlob && File.Exists(file) && !parsed.GetValue(_force))
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
        var shown = file;
        var manifest = await CloneProgressBar.ShowAsync(_console, async progress =>
        {
            var export = new HubExport(hub, options with
            {
                Provisioning = provisioning,
                Progress = done => progress?.Invoke(new CloneProgress(ClonePhase.Copying, done.Devices, total)),
            });
            if (format != BackupFormat.AzureBlob)
            {
                return await WriteFileAsync(file, format, key, export, cancellationToken);
            }

            using var container = BackupFormats.OpenContainer(file);
            shown = container.Address.ToString();
            await using var blobs = await AzureBlobWriter.OpenAsync(
                container, options.WithConfigurations, parsed.GetValue(_force), TimeProvider.System.GetUtcNow(), cancellationToken);
            return await export.RunAsync(blobs, cancellationToken);
        });
        BackupView.Write(_console, parsed.GetValue(_output), shown, manifest, key is not null);
        return ExitCodes.Ok;
    }

    // What Azure's forms cannot be or hold.
    private void CheckForeign(ParseResult parsed)
    {
        var name = parsed.GetResult(_format)!.Tokens[^1].Value; // It is not the default.
        if (_archive.IsGiven(parsed))
        {
            throw new CliException($"The format {name} is not encrypted; --passphrase-file and --key-file are for the format nave.", ExitCodes.Usage);
        }

        if (!parsed.GetValue(_noEncryption) && !parsed.GetValue(_excludeKeys))
        {
            throw new CliException($"The format {name} has the keys of devices in clear: --no-encryption permits it, --exclude-keys leaves them out.", ExitCodes.Usage);
        }

        if (parsed.GetValue(_dps) is not null)
        {
            throw new CliException($"The format {name} has no enrollments; the format nave has.", ExitCodes.Usage);
        }
    }

    private static async Task<ArchiveManifest> WriteFileAsync(
        string file, BackupFormat format, AgeKey? key, HubExport export, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var temporary = file + ".partial";
        try
        {
            ArchiveManifest manifest;
            await using (var stream = PrivateFile.Create(temporary, FileMode.Create))
            {
                await using IArchiveWriter archive = format == BackupFormat.AzState
                    ? AzStateWriter.Open(stream, now)
                    : await ArchiveWriter.OpenAsync(stream, key, now, cancellationToken);
                manifest = await export.RunAsync(archive, cancellationToken);
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
