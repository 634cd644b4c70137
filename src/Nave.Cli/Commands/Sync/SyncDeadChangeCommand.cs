using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;

namespace Nave.Cli.Commands;

/// <summary>A command that takes devices, or <c>--all</c>, out of what was given up.</summary>
internal abstract class SyncDeadChangeCommand : SyncClientCommand
{
    private readonly string _done;
    private readonly Argument<string[]> _devices = new("device") { Description = "The device ids.", HelpName = "DEVICE", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _all = new("--all") { Description = "All that were given up." };

    /// <summary>Initializes the command.</summary>
    /// <param name="console">Where results go.</param>
    /// <param name="name">The word.</param>
    /// <param name="description">For the help.</param>
    /// <param name="done">The member of the result that lists the devices, such as <c>retried</c>.</param>
    protected SyncDeadChangeCommand(CliConsole console, string name, string description, string done)
        : base(console, name, description)
    {
        _done = done;
        Add(_devices);
        Add(_all);
        AddSyncOptions();
    }

    /// <summary>Does it.</summary>
    protected abstract Task<IReadOnlyList<string>> ChangeAsync(ISyncControl control, DeadSelection selection, CancellationToken cancellationToken);

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        var devices = call.Get(_devices) ?? [];
        var isAll = call.Get(_all);
        if (isAll == (devices.Length > 0))
        {
            throw new CliException("Either device ids or --all are needed.", ExitCodes.Usage);
        }

        await using var control = await SyncControl.OpenAsync(call.Configuration, TimeProvider.System, cancellationToken);
        var done = await ChangeAsync(control, new DeadSelection(isAll ? null : devices), cancellationToken);
        var missing = devices.Except(done, StringComparer.Ordinal).ToArray();
        if (call.Format == OutputFormat.Json)
        {
            await Console.Out.WriteLineAsync(JsonLine.Of(json =>
            {
                json.WriteStartArray(_done);
                foreach (var device in done)
                {
                    json.WriteStringValue(device);
                }

                json.WriteEndArray();
            }));
        }
        else
        {
            Console.WriteRows(call.Format, [_done], done.Select(IReadOnlyList<string?> (device) => [device]));
        }

        return missing.Length == 0
            ? ExitCodes.Ok
            : throw new CliException($"Not among those that were given up, or no room in the queue: {string.Join(", ", missing)}.");
    }
}
