namespace Nave.Fleet.Recovery;

/// <summary>How a mirror is doing.</summary>
public sealed record MirrorStatus
{
    /// <summary>Gets the host name of the hub that is mirrored.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>Gets the host name of the mirror.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>Gets what it does.</summary>
    public MirrorPhase Phase { get; init; }

    /// <summary>Gets how many identities are mirrored, modules included.</summary>
    public long Identities { get; init; }

    /// <summary>Gets how many configurations are mirrored.</summary>
    public int Configurations { get; init; }

    /// <summary>Gets how many identities were written since the process started.</summary>
    public long Written { get; init; }

    /// <summary>Gets how many identities were deleted since the process started.</summary>
    public long Deleted { get; init; }

    /// <summary>Gets how many events of the source are not applied yet; <see langword="null"/> when the source does not say.</summary>
    public long? LagEvents { get; init; }

    /// <summary>Gets the age of the oldest event that is not applied yet, in seconds; 0 when there is none.</summary>
    public double LagSeconds { get; init; }

    /// <summary>Gets how many identities differ in the target and were there before the mirror; they are not overwritten.</summary>
    public long Conflicts { get; init; }

    /// <summary>Gets how many identities the target did not take at the last attempt; they are tried again.</summary>
    public long Problems { get; init; }

    /// <summary>Gets what is wrong, for people; <see langword="null"/> when nothing is.</summary>
    public string? Error { get; init; }

    /// <summary>Gets when both registries were last compared whole.</summary>
    public DateTimeOffset? Compared { get; init; }

    /// <summary>Gets when this was written.</summary>
    public DateTimeOffset Updated { get; init; }
}
