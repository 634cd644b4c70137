using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Replication.Configuration;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Cli.Commands;

/// <summary>One run of a command of <c>nave replicate</c>: its line, its configuration, and the clients that leads to.</summary>
internal sealed class ReplicateCall : IAsyncDisposable
{
    private readonly ParseResult _parsed;

    public ReplicateCall(ParseResult parsed, OutputFormat format, ReplicationDefinition definition)
    {
        _parsed = parsed;
        Format = format;
        Definition = definition;
        Hub = definition.CreateHub();
        Events = definition.CreateEvents();
        Sink = definition.CreateSink();
    }

    public OutputFormat Format { get; }

    public ReplicationDefinition Definition { get; }

    public ServiceClient Hub { get; }

    public EventsClient Events { get; }

    public IReplicaSink Sink { get; }

    public T? Get<T>(Option<T> option) => _parsed.GetValue(option);

    public async ValueTask DisposeAsync()
    {
        Hub.Dispose();
        await Events.DisposeAsync();
        await Sink.DisposeAsync();
    }
}
