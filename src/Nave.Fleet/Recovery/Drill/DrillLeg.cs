namespace Nave.Fleet.Recovery;

/// <summary>One switch of a drill: from the hub that was lost to the one that took over.</summary>
public sealed record DrillLeg
{
    /// <summary>Gets <c>over</c> or <c>back</c>.</summary>
    public required string Direction { get; init; }

    /// <summary>Gets the host name of the hub that was lost.</summary>
    public required string From { get; init; }

    /// <summary>Gets the host name of the hub that took over.</summary>
    public required string To { get; init; }

    /// <summary>Gets when the loss began: the command was started, or the promotion was asked for.</summary>
    public DateTimeOffset Lost { get; init; }

    /// <summary>Gets when the other hub became active: the switch.</summary>
    public DateTimeOffset Switched { get; init; }

    /// <summary>Gets what the promotion told.</summary>
    public MirrorPromotion? Promotion { get; init; }

    /// <summary>Gets how many events of the registry were known not to be mirrored at the switch (RPO); <see langword="null"/> = the lost hub could not say.</summary>
    public long? LagEvents { get; init; }

    /// <summary>Gets how old the mirror's knowledge was at the switch, in seconds (RPO).</summary>
    public double LagSeconds { get; init; }

    /// <summary>Gets RTO: from the loss until a device sends again, over all devices.</summary>
    public DrillFigures? RecoveryTime { get; init; }

    /// <summary>Gets the time from the switch until a device sends again, over all devices.</summary>
    public DrillFigures? AfterSwitch { get; init; }

    /// <summary>Gets how long a device had no acknowledgement, over all devices.</summary>
    public DrillFigures? SendingGap { get; init; }

    /// <summary>Gets how long no reader had an event of a device, over all devices.</summary>
    public DrillFigures? ReadingGap { get; init; }

    /// <summary>Gets how many devices did not send again within the drill's time.</summary>
    public int Missing { get; init; }

    /// <summary>Gets both registries compared after the switch, before anything was merged; <see langword="null"/> = the lost hub could not be read.</summary>
    public DrillRegistry? Registry { get; init; }

    /// <summary>Gets what the merge did before going back.</summary>
    public MergeReport? Merge { get; init; }

    /// <summary>Gets what the switch was to each device, in the order of their numbers.</summary>
    public IReadOnlyList<DrillClient> Clients { get; init; } = [];

    /// <summary>Gets what the switch was to the readers.</summary>
    public IReadOnlyList<DrillReaderLine> Readers { get; init; } = [];
}
