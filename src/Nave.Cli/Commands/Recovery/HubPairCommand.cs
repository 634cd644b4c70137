using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary>A command that works on two hubs, named by <c>--from</c> and <c>--to</c>.</summary>
internal abstract class HubPairCommand(CliConsole console, string name, string description) : Command(name, description)
{
    private readonly HubOptions _from = new("from", "the source");
    private readonly HubOptions _to = new("to", "the target");
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    /// <summary>Gets where results go.</summary>
    protected CliConsole Console { get; } = console;

    /// <summary>Adds the options that all of these have, after the command's own.</summary>
    protected void AddPairOptions()
    {
        Add(_output);
        _from.AddTo(this);
        _to.AddTo(this);
        SetAction(RunAsync);
    }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken);

    /// <summary>Gets the form of results.</summary>
    protected OutputFormat FormatOf(ParseResult parsed) => parsed.GetValue(_output);

    /// <summary>Finds both hubs and what they are; the caller disposes of it.</summary>
    protected async Task<HubPair> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (from, to) = (_from.Resolve(parsed, Console), _to.Resolve(parsed, Console));
        var (source, target) = (from.CreateService(), to.CreateService());
        try
        {
            return new HubPair(
                from,
                await HubRegistry.OpenAsync(source, cancellationToken),
                await HubRegistry.OpenAsync(target, cancellationToken));
        }
        catch
        {
            source.Dispose();
            target.Dispose();
            throw;
        }
    }

    /// <summary>Two hubs.</summary>
    protected sealed record HubPair(HubTarget From, HubRegistry Source, HubRegistry Target) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            Source.Client.Dispose();
            Target.Client.Dispose();
        }
    }
}
