namespace Nave.Fleet.Sync.Planning;

/// <summary>What a plan does with one device.</summary>
/// <param name="Change">The change; <see langword="null"/> = nothing.</param>
/// <param name="Owned">On how many sides the device is the sync's own, so that it could be deleted there.</param>
/// <param name="IsForeign">True: it is no concern of the sync's.</param>
internal readonly record struct PlanDecision(PlannedChange? Change, int Owned = 0, bool IsForeign = false)
{
    public static PlanDecision Foreign { get; } = new(null, 0, IsForeign: true);
}
