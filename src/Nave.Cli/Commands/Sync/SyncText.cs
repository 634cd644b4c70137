using System.CommandLine;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.State;

namespace Nave.Cli.Commands;

/// <summary>Words that the commands of <c>nave sync</c> share.</summary>
internal static class SyncText
{
    public static Option<bool> Adopt() => new("--adopt")
    {
        Description = "Take over devices that are on both sides and that this sync did not bring there. Without it they are conflicts.",
    };

    public static string Of(PlanAction action) => action switch
    {
        PlanAction.Create => "create",
        PlanAction.Update => "update",
        PlanAction.Delete => "delete",
        PlanAction.Conflict => "conflict",
        _ => "unchanged",
    };

    public static string Of(PlanSide side) => side switch
    {
        PlanSide.Hub => "hub",
        PlanSide.External => "external",
        PlanSide.Both => "both",
        _ => "none",
    };

    public static string Of(SyncRunOutcome outcome) => outcome switch
    {
        SyncRunOutcome.Running => "running",
        SyncRunOutcome.Succeeded => "succeeded",
        SyncRunOutcome.PartlyFailed => "partlyFailed",
        SyncRunOutcome.Stopped => "stopped",
        SyncRunOutcome.Interrupted => "interrupted",
        _ => "failed",
    };
}
