using System.CommandLine;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations</c>: settings of many devices, and IoT Edge deployments.</summary>
internal sealed class ConfigurationsCommand : Command
{
    private static readonly JsonView s_one = new(
        "id", "targetCondition", "priority", "labels", "systemMetrics.results", "metrics.results", "createdTimeUtc", "lastUpdatedTimeUtc", "etag");

    private static readonly JsonView s_all = new(
        "id", "priority", "targetCondition", "systemMetrics.results.targetedCount", "systemMetrics.results.appliedCount", "lastUpdatedTimeUtc");

    public ConfigurationsCommand(CliConsole console)
        : base("configurations", "List, show and change configurations of many devices and IoT Edge deployments.")
    {
        Add(new ConfigurationsListCommand(console));
        Add(new ConfigurationsShowCommand(console));
        Add(new ConfigurationsCreateCommand(console));
        Add(new ConfigurationsUpdateCommand(console));
        Add(new ConfigurationsDeleteCommand(console));
        Add(new ConfigurationsApplyCommand(console));
    }

    /// <summary>Writes a configuration.</summary>
    public static void Write(CliConsole console, OutputFormat format, Configuration configuration) => s_one.WriteOne(console, format, Json(configuration));

    /// <summary>Writes configurations.</summary>
    public static Task WriteAllAsync(CliConsole console, OutputFormat format, IEnumerable<Configuration> all) =>
        s_all.WriteAllAsync(console, format, all.Select(Json).ToAsyncEnumerable());

    private static RawJson Json(Configuration configuration) =>
        RawJson.FromTrusted(JsonSerializer.SerializeToUtf8Bytes(configuration, ApiJson.Wire.Configuration));
}
