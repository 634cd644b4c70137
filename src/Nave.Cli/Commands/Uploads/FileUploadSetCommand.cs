using System.CommandLine;
using System.Text;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub file-upload set</c>: chooses where files go.</summary>
internal sealed class FileUploadSetCommand : ClientCommand
{
    /// <summary>The environment variable that stands for <c>--storage-connection-string</c>.</summary>
    public const string Variable = "NAVE_STORAGE_CONNECTION_STRING";

    private readonly Argument<string> _container = new("CONTAINER")
    {
        Description = "'local' = a folder in the hub's data folder; file:///folder; a container's URI with its signature; with an account its name. @FILE and '-' (stdin) keep a signature off the command line.",
    };

    private readonly Option<string?> _account = new("--storage-connection-string")
    {
        Description = $"The storage account to which devices write directly, as text or @FILE; else {Variable}.",
        HelpName = "TEXT",
    };

    private readonly Option<TimeSpan?> _timeToLive = CommonOptions.Span("--ttl", "How long a device has for a file, 1m to 24h. Default 1h.");
    private readonly Option<bool> _silent = new("--no-notifications") { Description = "Do not tell services of files." };
    private readonly Option<int?> _active = CommonOptions.Number("--max-active", 1, 100, "How many uploads of a device may be under way. Default 10.");
    private readonly Option<long?> _bytes = new("--max-bytes") { Description = "The largest file that the hub itself takes. Default 1 GiB.", HelpName = "N" };

    public FileUploadSetCommand(CliConsole console)
        : base(console, "set", "Choose where files of devices go.")
    {
        Add(_container);
        Add(_account);
        Add(_timeToLive);
        Add(_silent);
        Add(_active);
        Add(_bytes);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        if (call.Get(_timeToLive) is { } span && (span < TimeSpan.FromMinutes(1) || span > TimeSpan.FromHours(24)))
        {
            throw new CliException($"--ttl is {span}; 1m to 24h is permitted.", ExitCodes.Usage);
        }

        var container = await ReadAsync(call.Get(_container), cancellationToken);
        var account = (call.Get(_account) ?? Console.Environment(Variable)) is { Length: > 0 } text ? await ReadAsync(text, cancellationToken) : null;
        var settings = JsonLine.Of(json =>
        {
            json.WriteString("container", container);
            json.WriteBoolean("notifications", !call.Get(_silent));
            if (account is not null)
            {
                json.WriteString("connectionString", account);
            }

            if (call.Get(_timeToLive) is { } time)
            {
                json.WriteNumber("timeToLiveMinutes", time.TotalMinutes);
            }

            if (call.Get(_active) is { } active)
            {
                json.WriteNumber("maxActivePerDevice", active);
            }

            if (call.Get(_bytes) is { } bytes)
            {
                json.WriteNumber("maxBytes", bytes);
            }
        });
        FileUploadCommand.View.WriteOne(Console, call.Format, await call.Service.SetFileUploadAsync(RawJson.Parse(settings), cancellationToken));
        return ExitCodes.Ok;
    }

    private async Task<string> ReadAsync(string text, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await InputText.ReadAsync(text, Console, cancellationToken)).Trim();
}
