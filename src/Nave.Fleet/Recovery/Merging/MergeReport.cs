namespace Nave.Fleet.Recovery;

/// <summary>What a merge did, or would do.</summary>
public sealed record MergeReport
{
    /// <summary>Gets how many identities are the same in both hubs.</summary>
    public long Same { get; init; }

    /// <summary>Gets how many identities the old hub gets something of.</summary>
    public long ToOld { get; init; }

    /// <summary>Gets how many identities the new hub gets something of.</summary>
    public long ToNew { get; init; }

    /// <summary>Gets how many identities have a part that both hubs changed; that part stays as it is in each.</summary>
    public long Conflicts { get; init; }

    /// <summary>Gets how many identities a hub did not take.</summary>
    public long Failed { get; init; }

    /// <summary>Gets a value indicating whether it was done.</summary>
    public bool Applied { get; init; }
}
