using System.Text.Json;
using Nave.Cli.Output;

namespace Nave.Cli.Tests;

/// <summary>One run of the command line in this process.</summary>
/// <param name="ExitCode">What it ended with.</param>
/// <param name="Output">What it wrote to stdout.</param>
/// <param name="Error">What it wrote to stderr.</param>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Gets stdout as JSON, a value a line.</summary>
    public IReadOnlyList<JsonElement> Json => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];

    public static Task<CliRun> OfAsync(params string[] arguments) => WithAsync(string.Empty, _ => null, arguments);

    public static async Task<CliRun> WithAsync(string input, Func<string, string?> environment, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new CliConsole(output, error, new StringReader(input)) { Environment = environment };
        var exitCode = await NaveCommand.RunAsync(arguments, console, TestContext.Current.CancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Asserts that it worked.</summary>
    public CliRun Ok()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Error}\n{Output}");
        return this;
    }
}
