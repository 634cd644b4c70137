using System.CommandLine;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("nave", "")]
    [InlineData("nave devices", "devices", "lis")]
    [InlineData("nave send", "send")]
    [InlineData("nave devices list", "devices", "list", "-o", "xml")]
    [InlineData("nave demo", "demo", "--for", "soon")]
    [InlineData("nave demo", "demo", "--devices", "0")]
    [InlineData("nave monitor", "monitor", "--partition", "1024")]
    [InlineData("nave completion", "completion", "tcsh")]
    public async Task A_wrong_command_line_ends_with_2_and_says_where_help_is(string path, params string[] arguments)
    {
        var run = await CliRun.OfAsync([.. arguments.Where(argument => argument.Length > 0)]);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith("nave: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"Try '{path} --help'.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_command_is_told_what_was_meant()
    {
        var run = await CliRun.OfAsync("devices", "lsit");
        Assert.Equal(["nave: Unrecognized command or argument 'lsit'.", "Did you mean 'list'?", "Try 'nave devices --help'."], run.Error.Split('\n')[..3]);
    }

    [Theory]
    [InlineData("--output is 'xml'; permitted are table, json, tsv.", "devices", "list", "-o", "xml")]
    [InlineData("--for is 'soon'; a number with ms, s, m, h or d", "simulate", "--for", "soon")]
    [InlineData("--devices is '0'; a whole number from 1 to 20000", "demo", "--devices", "0")]
    public async Task An_option_out_of_range_names_its_value_and_what_is_permitted(string sentence, params string[] arguments) =>
        Assert.Contains(sentence, (await CliRun.OfAsync(arguments)).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Without_a_hub_a_client_command_ends_with_1_and_says_what_to_do()
    {
        using var folder = new TemporaryFolder();
        var run = await CliRun.OfAsync("devices", "list", "--data", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("start one with: nave serve", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await CliRun.OfAsync("status", "--data", folder.Path)).ExitCode);
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_refused_without_being_quoted()
    {
        var run = await CliRun.OfAsync("devices", "list", "--connection-string", "HostName=h;SharedAccessKeyName=n;SharedAccessKey=se!cret");
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("se!cret", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("h:0")]
    [InlineData(":8443")]
    [InlineData("h:notaport")]
    [InlineData("h:70000")]
    public async Task An_endpoint_that_is_none_is_refused(string endpoint)
    {
        var run = await CliRun.OfAsync(
            "devices", "list", "--connection-string", "HostName=h;SharedAccessKeyName=n;SharedAccessKey=AAAA", "--endpoint", endpoint);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--endpoint is '{endpoint}'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_is_not_there_ends_with_1()
    {
        using var unused = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        unused.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)); // Bound and not listening: nobody else takes it.
        var port = ((System.Net.IPEndPoint)unused.LocalEndPoint!).Port;
        var run = await CliRun.OfAsync(
            "hub", "create", "x", "--connection-string", "HostName=h;SharedAccessKeyName=n;SharedAccessKey=AAAA", "--endpoint", $"127.0.0.1:{port}");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("nave: The hub cannot be reached: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Each_shell_has_its_completion_script(string shell) =>
        Assert.Contains("[suggest:", (await CliRun.OfAsync("completion", shell)).Ok().Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("nave devices ", "list")]
    [InlineData("nave dev", "devices")]
    [InlineData("nave status -o ", "env")]
    [InlineData("nave monitor --u", "--until-end")]
    public async Task The_shell_is_told_what_could_come_next(string line, string proposal) =>
        Assert.Contains(proposal, (await CliRun.OfAsync($"[suggest:{line.Length}]", line)).Ok().Lines);

    [Fact]
    public async Task Every_command_and_option_has_a_description_and_a_place_in_the_documentation()
    {
        var documentation = await File.ReadAllTextAsync(Path.Combine(Folders.Repository, "docs", "cli.md"), TestContext.Current.CancellationToken);
        var root = NaveCommand.Create(new Output.CliConsole(TextWriter.Null, TextWriter.Null, TextReader.Null));
        foreach (var command in Below(root))
        {
            Assert.False(string.IsNullOrEmpty(command.Description), command.Name);
            Assert.Contains(command.Name, documentation, StringComparison.Ordinal);
            Assert.All(command.Options, option => Assert.False(string.IsNullOrEmpty(option.Description), $"{command.Name} {option.Name}"));
            Assert.All(
                command.Options,
                option => Assert.True(documentation.Contains(option.Name, StringComparison.Ordinal) || option.Name is "--config" or "--seed", $"{command.Name} {option.Name}"));
        }
    }

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(sub => Below(sub).Prepend(sub));
}
