namespace Nave.Fleet.Recovery;

/// <summary>What a promotion did.</summary>
public sealed record MirrorPromotion
{
    /// <summary>Gets the hub that was mirrored.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>Gets the hub that is active now.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>Gets when the target became active.</summary>
    public DateTimeOffset Promoted { get; init; }

    /// <summary>Gets a value indicating whether the source stands by now: else devices that reach it still connect to it.</summary>
    public bool SourceFenced { get; init; }

    /// <summary>Gets a value indicating whether every event of the source was applied; <see langword="false"/> if the source did not answer or did not end in time.</summary>
    public bool Drained { get; init; }

    /// <summary>Gets how many events were known not to be applied at the switch; <see langword="null"/> if the source did not say.</summary>
    public long? LagEvents { get; init; }

    /// <summary>Gets how old the mirror's newest knowledge of the source was at the switch, in seconds: what is lost is at most what changed since.</summary>
    public double LagSeconds { get; init; }

    /// <summary>Gets how long the promotion took, in seconds.</summary>
    public double Seconds { get; init; }
}
