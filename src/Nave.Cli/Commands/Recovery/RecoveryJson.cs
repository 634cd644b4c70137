using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nave.Fleet.Recovery;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary>How results of work on whole hubs are printed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CloneReport))]
[JsonSerializable(typeof(MirrorStatus))]
[JsonSerializable(typeof(MirrorPromotion))]
[JsonSerializable(typeof(MergeReport))]
[JsonSerializable(typeof(MergeItem))]
[JsonSerializable(typeof(DrillReport))]
[JsonSerializable(typeof(ImportReport))]
internal sealed partial class RecoveryJson : JsonSerializerContext
{
    /// <summary>Gets the form that people copy from: what needs no escape has none.</summary>
    public static RecoveryJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter<MirrorPhase>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<MergeAction>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<RegistryPart>(JsonNamingPolicy.CamelCase),
        },
    });
}
