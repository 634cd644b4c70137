using System.CommandLine;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Nave.Cli.Commands;

/// <summary>The options of <c>nave serve</c>, from the command line first and then from the configuration file.</summary>
internal sealed class ServeSettings
{
    private readonly ParseResult _commandLine;
    private readonly ParseResult? _file;

    /// <exception cref="CliException">The file cannot be read, or holds a name or a value that does not fit.</exception>
    public ServeSettings(ParseResult commandLine, FileInfo? file, IList<Option> options)
    {
        _commandLine = commandLine;
        _file = file is null ? null : Parse(File.ReadAllText(file.FullName), file.ToString(), commandLine.CommandResult.Command, options);
    }

    /// <summary>Gets the value of an option: given on the command line, else in the file, else its default.</summary>
    public T? Get<T>(Option<T> option) => _commandLine.GetResult(option) is { Implicit: false } || _file is null
        ? _commandLine.GetValue(option)
        : _file.GetValue(option);

    // The file's entries become arguments of the same command, so both have one set of names, types and messages.
    internal static ParseResult Parse(string yaml, string file, Command command, IList<Option> options)
    {
        Dictionary<string, string?> entries;
        try
        {
            entries = new DeserializerBuilder().Build().Deserialize<Dictionary<string, string?>?>(yaml) ?? [];
        }
        catch (YamlException e)
        {
            throw new CliException($"{file}: line {e.Start.Line}: not a YAML mapping of option names to values.", ExitCodes.Usage);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The library's words for some of what is malformed, without a place.
            throw new CliException($"{file}: not a YAML mapping of option names to values.", ExitCodes.Usage);
        }

        var arguments = new List<string>();
        foreach (var (name, value) in entries)
        {
            var option = options.FirstOrDefault(o => o.Name == "--" + name && name != "config")
                ?? throw new CliException(
                    $"{file}: '{name}' is no option; permitted are {string.Join(", ", options.Select(o => o.Name[2..]).Where(n => n != "config"))}.",
                    ExitCodes.Usage);
            arguments.Add(option.Name);
            arguments.Add(value ?? string.Empty);
        }

        var parsed = command.Parse(arguments);
        return parsed.Errors.Count == 0 ? parsed : throw new CliException($"{file}: {parsed.Errors[0].Message}", ExitCodes.Usage);
    }
}
