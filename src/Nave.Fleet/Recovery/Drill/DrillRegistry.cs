namespace Nave.Fleet.Recovery;

/// <summary>A comparison of both registries: identities with keys, twins, configurations.</summary>
public sealed record DrillRegistry
{
    /// <summary>Gets how many identities the hub has that was active, modules included.</summary>
    public long Identities { get; init; }

    /// <summary>Gets how many identities and configurations the other hub has not, or has differently.</summary>
    public long Differences { get; init; }

    /// <summary>Gets how many identities only the other hub has.</summary>
    public long Extra { get; init; }

    /// <summary>Gets what differs, the first thousand.</summary>
    public IReadOnlyList<CloneProblem> Problems { get; init; } = [];
}
