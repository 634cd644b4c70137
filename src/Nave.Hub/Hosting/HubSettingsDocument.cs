using System.Text.Json.Serialization;

namespace Nave.Hub.Hosting;

/// <summary>The JSON of <c>hub.json</c>: docs/formats/data-folder.md. Keys are encrypted, bound to hub and policy.</summary>
internal sealed record HubSettingsDocument
{
    public int Format { get; init; }

    public required string HostName { get; init; }

    // Absent = none.
    public IReadOnlyList<string>? Aliases { get; init; }

    // Absent = false.
    public bool? Standby { get; init; }

    public DateTimeOffset Created { get; init; }

    public int Partitions { get; init; }

    public required string Tier { get; init; }

    public TimeSpan? RetentionTime { get; init; }

    public long? RetentionBytes { get; init; }

    public int? DeviceSendsPerSecond { get; init; }

    // A set of flags; absent = all.
    public int? EventSources { get; init; }

    public required IReadOnlyList<PolicyDocument> Policies { get; init; }

    internal sealed record PolicyDocument
    {
        public required string Name { get; init; }

        public int Rights { get; init; }

        public required byte[] Keys { get; init; }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(HubSettingsDocument))]
internal sealed partial class HubSettingsJson : JsonSerializerContext;
