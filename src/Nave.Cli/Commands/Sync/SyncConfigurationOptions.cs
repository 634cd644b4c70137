using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;

namespace Nave.Cli.Commands;

/// <summary>The options by which the commands of <c>nave sync</c> find out what is kept the same with what.</summary>
internal sealed class SyncConfigurationOptions
{
    private readonly Option<FileInfo?> _config = new("--config", "-f")
    {
        Description = "The YAML file that describes the sync (docs/sync.md). Without one, the environment does.",
        HelpName = "FILE",
    };

    private readonly Option<string> _data = CommonOptions.Data();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_config);
        command.Add(_data);
    }

    /// <summary>Reads the configuration. A hub that runs on this machine is reached where it listens, and trusted by its own CA.</summary>
    /// <exception cref="SyncConfigurationException">It does not describe a sync.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public SyncConfiguration Read(ParseResult parsed, CliConsole console)
    {
        var environment = SyncEnvironment.Process with { Get = console.Environment };
        var configuration = SyncConfigurationReader.Load(parsed.GetValue(_config)?.FullName, environment, ProviderCatalog.Default);
        foreach (var note in configuration.Notes)
        {
            console.Error.WriteLine($"nave: {note}");
        }

        var local = LocalHub.Find(parsed.GetValue(_data)!); // It has a default.
        return local is not null && HubOptions.IsLocal(local, configuration.Hub.Connection)
            ? AtHome(configuration, HubOptions.TargetOf(local), local.CaFile)
            : configuration;
    }

    private static SyncConfiguration AtHome(SyncConfiguration configuration, HubTarget target, string? caFile)
    {
        var (hub, realtime) = (configuration.Hub, configuration.Realtime);
        var isDefault = realtime.Endpoint == new ClientEndpoint();
        return configuration with
        {
            Hub = hub with
            {
                Endpoint = hub.Endpoint == new ClientEndpoint() ? target.ServiceEndpoint : hub.Endpoint,
                CaFile = hub.CaFile ?? caFile,
            },
            Realtime = realtime with
            {
                EventHub = realtime.EventHub ?? target.EventHub,
                Endpoint = !isDefault ? realtime.Endpoint : realtime.OverWebSocket ? target.ServiceEndpoint : target.AmqpEndpoint,
            },
        };
    }
}
