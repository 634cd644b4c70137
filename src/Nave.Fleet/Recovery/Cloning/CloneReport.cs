namespace Nave.Fleet.Recovery;

/// <summary>What a clone did.</summary>
public sealed record CloneReport
{
    /// <summary>Gets how many devices the source has.</summary>
    public long Devices { get; init; }

    /// <summary>Gets how many modules the source has.</summary>
    public long Modules { get; init; }

    /// <summary>Gets how many configurations and deployments the source has.</summary>
    public int Configurations { get; init; }

    /// <summary>Gets how many identities and configurations were written; the others were equal already.</summary>
    public long Written { get; init; }

    /// <summary>Gets how many could not be written, or were there and differ and were not to be overwritten.</summary>
    public long Failed { get; init; }

    /// <summary>Gets how many of the source's identities and configurations the target has not, or has differently; <see langword="null"/> if that was not looked at.</summary>
    public long? Differences { get; init; }

    /// <summary>Gets how many identities only the target has; they stay.</summary>
    public long Extra { get; init; }

    /// <summary>Gets how long it took, the comparison included.</summary>
    public double Seconds { get; init; }

    /// <summary>Gets what failed or differs, the first thousand.</summary>
    public IReadOnlyList<CloneProblem> Problems { get; init; } = [];

    /// <summary>Gets a value indicating whether the target has all that the source has.</summary>
    public bool IsClean => Failed == 0 && Differences == 0;
}
