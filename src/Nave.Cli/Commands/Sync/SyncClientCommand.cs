using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A command of <c>nave sync</c> that reads the configuration and works once.</summary>
internal abstract class SyncClientCommand(CliConsole console, string name, string description) : Command(name, description)
{
    private readonly SyncConfigurationOptions _configuration = new();
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    /// <summary>Gets where results go.</summary>
    protected CliConsole Console { get; } = console;

    /// <summary>Adds the options that all of these have, after the command's own.</summary>
    protected void AddSyncOptions()
    {
        _configuration.AddTo(this);
        Add(_output);
        SetAction(async (parsed, cancellationToken) =>
        {
            await using var call = new SyncCall(parsed, parsed.GetValue(_output), _configuration.Read(parsed, Console));
            return await RunAsync(call, cancellationToken);
        });
    }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken);
}
