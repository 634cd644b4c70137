using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>What may be said of a configuration when it is made or changed.</summary>
internal sealed class ConfigurationOptions
{
    private readonly Option<string?> _target = new("--target-condition")
    {
        Description = "Whom it is aimed at: \"*\", a condition on devices, or \"FROM devices.modules WHERE …\".",
        HelpName = "CONDITION",
    };

    private readonly Option<int?> _priority = CommonOptions.Number("--priority", 0, int.MaxValue, "Where two set the same, the higher wins. Default 0.");
    private readonly Option<string?> _labels = new("--labels") { Description = "Notes for people: a JSON object of texts, or @FILE.", HelpName = "JSON" };
    private readonly Option<string?> _metrics = new("--metrics")
    {
        Description = "Queries whose rows are counted, such as {\"failed\":\"SELECT deviceId FROM devices WHERE …\"}: JSON, or @FILE.",
        HelpName = "JSON",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_target);
        command.Add(_priority);
        command.Add(_labels);
        command.Add(_metrics);
    }

    /// <summary>Tells whether any is given on the line.</summary>
    public bool AreGiven(ClientCall call) =>
        call.Get(_target) is not null || call.Get(_priority) is not null || call.Get(_labels) is not null || call.Get(_metrics) is not null;

    /// <summary>Changes what is given on the line, and leaves the rest.</summary>
    public async Task<Configuration> ApplyAsync(Configuration configuration, ClientCall call, CliConsole console, CancellationToken cancellationToken)
    {
        if (call.Get(_labels) is { } labels)
        {
            var read = await ReadAsync(labels, "--labels", "a JSON object of texts", ApiJson.Default.IReadOnlyDictionaryStringString, console, cancellationToken);
            configuration = configuration with { Labels = read };
        }

        if (call.Get(_metrics) is { } metrics)
        {
            // As it is, or as it stands in a configuration: {"queries":{…}}.
            var json = await InputText.ReadJsonAsync(metrics, "--metrics", console, cancellationToken);
            using var document = json.ToDocument();
            var queries = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("queries", out var inner) && inner.ValueKind == JsonValueKind.Object
                ? RawJson.From(inner) : json;
            configuration = configuration with
            {
                Metrics = new ConfigurationMetrics { Queries = Parse(queries, "--metrics", "a JSON object of queries", ApiJson.Default.IReadOnlyDictionaryStringString) },
            };
        }

        return configuration with
        {
            TargetCondition = call.Get(_target) ?? configuration.TargetCondition,
            Priority = call.Get(_priority) ?? configuration.Priority,
        };
    }

    /// <summary>Reads content: as it is, or as it stands in a configuration.</summary>
    public static async Task<ConfigurationContent> ReadContentAsync(string? text, CliConsole console, CancellationToken cancellationToken)
    {
        var json = await InputText.ReadJsonAsync(text, "--content", console, cancellationToken);
        using var document = json.ToDocument();
        var content = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("content", out var inner) && inner.ValueKind == JsonValueKind.Object
            ? RawJson.From(inner) : json;
        return Parse(content, "--content", "{\"deviceContent\":{…}}, {\"moduleContent\":{…}} or {\"modulesContent\":{…}}", ApiJson.Default.ConfigurationContent);
    }

    private static async Task<T> ReadAsync<T>(
        string text, string option, string form, JsonTypeInfo<T> type, CliConsole console, CancellationToken cancellationToken) =>
        Parse(await InputText.ReadJsonAsync(text, option, console, cancellationToken), option, form, type);

    private static T Parse<T>(RawJson json, string option, string form, JsonTypeInfo<T> type) =>
        ApiJson.TryRead(json.Utf8.Span, type, out var value, out var error)
            ? value : throw new CliException($"{option} must be {form}. {error.Message}", ExitCodes.Usage);
}
