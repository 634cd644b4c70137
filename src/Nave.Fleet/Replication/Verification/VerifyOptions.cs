namespace Nave.Fleet.Replication.Verification;

/// <summary>How hub and target are compared.</summary>
public sealed record VerifyOptions
{
    /// <summary>Gets a value indicating whether documents that differ are written as the hub has them.</summary>
    public bool Repair { get; init; }

    /// <summary>
    /// Gets how long a difference has to last before it counts: what replication is about to write is none. Origin of 2 s: some batches.
    /// </summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);
}
