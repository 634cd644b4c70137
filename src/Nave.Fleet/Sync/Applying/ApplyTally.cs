using System.Collections.Concurrent;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;

namespace Nave.Fleet.Sync.Applying;

/// <summary>Counts what became of changes, keeps the first failures, and tells the events. Any thread may call it.</summary>
internal sealed class ApplyTally(ApplyContext context, string runId, long total)
{
    private const int MaxFailures = 100;

    private readonly ConcurrentQueue<SyncFailure> _failures = new();
    private long _created;
    private long _updated;
    private long _deleted;
    private long _failed;
    private long _conflicts;

    public void Add(PlannedChange change, ChangeResult result)
    {
        switch (change.Action)
        {
            case PlanAction.Conflict:
                Interlocked.Increment(ref _conflicts);
                return;
            case PlanAction.Unchanged:
                return;
        }

        if (result.Failure is { } reason)
        {
            if (Interlocked.Increment(ref _failed) <= MaxFailures)
            {
                _failures.Enqueue(new SyncFailure(change.DeviceId, NameOf(change.Action), reason));
            }
        }
        else
        {
            Interlocked.Increment(ref change.Action == PlanAction.Create ? ref _created : ref change.Action == PlanAction.Delete ? ref _deleted : ref _updated);
        }

        Tell(change, result);
        var done = Interlocked.Read(ref _created) + Interlocked.Read(ref _updated) + Interlocked.Read(ref _deleted) + Interlocked.Read(ref _failed);
        context.Progress?.Report(new SyncProgress(SyncPhase.Applying, done, total));
    }

    /// <summary>Puts the counts into the record of a run.</summary>
    public SyncRun Record(SyncRun run) => run with
    {
        Created = Interlocked.Read(ref _created),
        Updated = Interlocked.Read(ref _updated),
        Deleted = Interlocked.Read(ref _deleted),
        Failed = Interlocked.Read(ref _failed),
        Conflicts = Interlocked.Read(ref _conflicts),
        Failures = [.. _failures],
    };

    public static string NameOf(PlanAction action) => action switch
    {
        PlanAction.Create => "create",
        PlanAction.Update => "update",
        PlanAction.Delete => "delete",
        PlanAction.Conflict => "conflict",
        _ => "unchanged",
    };

    private void Tell(PlannedChange change, ChangeResult result)
    {
        SyncEventKind? kind = (change.Action, change.External is not null, result.IsDone, result.IsTransient) switch
        {
            (PlanAction.Create, true, true, _) => SyncEventKind.ExternalDeviceCreated,
            (PlanAction.Create, true, false, true) => SyncEventKind.ExternalDeviceCreationError,
            (PlanAction.Create, true, false, false) => SyncEventKind.ExternalDeviceCreationFailed,
            (PlanAction.Delete, true, true, _) => SyncEventKind.ExternalDeviceDeleted,
            (PlanAction.Delete, true, false, true) => SyncEventKind.ExternalDeviceDeletedError,
            (PlanAction.Delete, true, false, false) => SyncEventKind.ExternalDeviceDeleteFailed,
            (PlanAction.Create, false, true, _) => SyncEventKind.IoTHubDeviceCreated,
            (PlanAction.Delete, false, true, _) => SyncEventKind.IoTHubDeviceDeleted,
            _ => null,
        };
        if (kind is { } told)
        {
            context.Events.Emit(told, context.Service.HostName, change.DeviceId, runId, result.Failure);
        }
    }
}
