using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nave.Cli.Bench;
using Nave.Cli.Commands;
using Nave.Cli.Fleets;
using Nave.Cli.Storage;

namespace Nave.Cli.Output;

/// <summary>The results that have a shape of their own; <c>docs/cli.md</c> shows each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeviceKeys))]
[JsonSerializable(typeof(SendResult))]
[JsonSerializable(typeof(DemoSummary))]
[JsonSerializable(typeof(SimulationLine))]
[JsonSerializable(typeof(OutageLine))]
[JsonSerializable(typeof(FsckReport))]
[JsonSerializable(typeof(BenchProvisioningReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(BenchSyncReport))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Gets the form for stdout: base64 and ids keep their plus signs and quotes.</summary>
    public static CliJson Line => Holder.s_line;

    // In a class of its own, for the order of static initialisers across the parts of a partial class is not defined.
    private static class Holder
    {
        internal static readonly CliJson s_line = new(new JsonSerializerOptions(Default.Options)
        {
            TypeInfoResolver = null,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
