using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A command that works on a hub, wherever the hub is.</summary>
internal abstract class ClientCommand(CliConsole console, string name, string description) : Command(name, description)
{
    private readonly HubOptions _hub = new();
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    /// <summary>Gets where results go.</summary>
    protected CliConsole Console { get; } = console;

    /// <summary>Adds the options that all of these have, after the command's own.</summary>
    protected void AddHubOptions()
    {
        Add(_output);
        _hub.AddTo(this);
        SetAction(async (parsed, cancellationToken) =>
        {
            using var call = new ClientCall(parsed, parsed.GetValue(_output), _hub.Resolve(parsed, Console, IsProvisioning(parsed)));
            return await RunAsync(call, cancellationToken);
        });
    }

    /// <summary>Tells whether the command is for device provisioning and not for a hub.</summary>
    protected virtual bool IsProvisioning(ParseResult parsed) => false;

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken);
}
