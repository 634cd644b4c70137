using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>What a serving process says of itself. <c>docs/sync-serve.md</c> shows it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SyncStatus))]
[JsonSerializable(typeof(SyncRun))]
[JsonSerializable(typeof(IReadOnlyList<SyncRun>))]
[JsonSerializable(typeof(SyncReady))]
[JsonSerializable(typeof(SyncDeadLetter))]
[JsonSerializable(typeof(IReadOnlyList<SyncDeadLetter>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(DeadSelection))]
public sealed partial class SyncHostJson : JsonSerializerContext
{
    /// <summary>Gets the form for people's eyes: ids keep their plus signs and quotes.</summary>
    public static SyncHostJson Readable => Holder.s_readable;

    // In a class of its own, for the order of static initialisers across the parts of a partial class is not defined.
    private static class Holder
    {
        internal static readonly SyncHostJson s_readable = new(new JsonSerializerOptions(Default.Options)
        {
            TypeInfoResolver = null,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
