using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary>One run of a client command: its line, its hub and its output form.</summary>
internal sealed class ClientCall(ParseResult parsed, OutputFormat format, HubTarget target) : IDisposable
{
    private ServiceClient? _service;

    public OutputFormat Format { get; } = format;

    public HubTarget Target { get; } = target;

    /// <summary>Gets the service side, opened when it is first used.</summary>
    public ServiceClient Service => _service ??= Target.CreateService();

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>Finds another hub of the command; <see langword="null"/> if none is named.</summary>
    public HubTarget? Resolve(HubOptions options, CliConsole console) => options.IsNamed(parsed) ? options.Resolve(parsed, console) : null;

    // One that is needed and missing was refused before.
    public T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    public bool Has(Option option) => parsed.GetResult(option) is { Implicit: false };

    public void Dispose() => _service?.Dispose();
}
