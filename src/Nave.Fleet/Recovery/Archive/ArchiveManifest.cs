using System.Text.Json.Serialization;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>What an archive says of itself, at its end.</summary>
public sealed record ArchiveManifest
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "nave-backup";

    /// <summary>The format's version.</summary>
    public const int FormatVersion = 1;

    /// <summary>Gets the format's name.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Gets the format's version.</summary>
    public int Version { get; init; } = FormatVersion;

    /// <summary>Gets the host name of the hub.</summary>
    public string Hub { get; init; } = "";

    /// <summary>Gets when it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Gets a value indicating whether symmetric keys are in it.</summary>
    public bool HasKeys { get; init; }

    /// <summary>Gets the condition that devices had to meet, or <see langword="null"/> for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Where { get; init; }

    /// <summary>Gets the number of devices.</summary>
    public long Devices { get; init; }

    /// <summary>Gets the number of modules.</summary>
    public long Modules { get; init; }

    /// <summary>Gets the parts.</summary>
    public IReadOnlyList<ArchivePartInfo> Parts { get; init; } = [];
}
