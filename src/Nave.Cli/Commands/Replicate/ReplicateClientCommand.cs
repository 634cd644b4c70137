using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Replication.Configuration;

namespace Nave.Cli.Commands;

/// <summary>A command of <c>nave replicate</c>: reads the configuration. A hub that runs on this machine is reached where it listens, and trusted by its own CA.</summary>
internal abstract class ReplicateClientCommand(CliConsole console, string name, string description) : Command(name, description)
{
    private readonly Option<FileInfo> _config = new("--config", "-f")
    {
        Description = "The YAML file that describes the replication (docs/replication.md).", HelpName = "FILE", Required = true,
    };

    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    /// <summary>Gets where results go.</summary>
    protected CliConsole Console { get; } = console;

    /// <summary>Adds the options that all of these have, after the command's own.</summary>
    protected void AddReplicateOptions()
    {
        Add(_config);
        Add(_data);
        Add(_output);
        SetAction(async (parsed, cancellationToken) =>
        {
            await using var call = new ReplicateCall(parsed, parsed.GetValue(_output), Read(parsed));
            return await RunAsync(call, cancellationToken);
        });
    }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ReplicateCall call, CancellationToken cancellationToken);

    private ReplicationDefinition Read(ParseResult parsed)
    {
        var definition = ReplicationFile.Read(parsed.GetValue(_config)!.FullName, Console.Environment); // It is required.
        if (LocalHub.Find(parsed.GetValue(_data)!) is not { } local || !HubOptions.IsLocal(local, definition.Hub)) // It has a default.
        {
            return definition;
        }

        var target = HubOptions.TargetOf(local);
        var isPlain = definition.EventHub is { UseDevelopmentEmulator: true };
        return definition with
        {
            EventHub = definition.EventHub ?? target.EventHub,
            Endpoint = definition.Endpoint == new ClientEndpoint() ? target.ServiceEndpoint : definition.Endpoint,
            AmqpEndpoint = definition.AmqpEndpoint != new ClientEndpoint() ? definition.AmqpEndpoint
                : isPlain ? target.AmqpEndpoint with { Port = local.Ports.AmqpPlain } : target.AmqpEndpoint,
            CaFile = definition.CaFile ?? local.CaFile,
        };
    }
}
