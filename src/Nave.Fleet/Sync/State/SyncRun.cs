namespace Nave.Fleet.Sync.State;

/// <summary>The record of one run.</summary>
public sealed record SyncRun
{
    /// <summary>Gets its id: 16 hex digits of time, descending, so that the newest is read first, a dash, and eight at random.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Gets the hub's host name.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets what began it: <c>cli</c>, <c>schedule</c>, <c>http</c>.</summary>
    public required string Trigger { get; init; }

    /// <summary>Gets when it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Gets when it ended; <see langword="null"/> = it has not, or was killed.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Gets how it went.</summary>
    public required SyncRunOutcome Outcome { get; init; }

    /// <summary>Gets how many devices were created.</summary>
    public long Created { get; init; }

    /// <summary>Gets how many devices were changed.</summary>
    public long Updated { get; init; }

    /// <summary>Gets how many devices were deleted.</summary>
    public long Deleted { get; init; }

    /// <summary>Gets how many changes failed.</summary>
    public long Failed { get; init; }

    /// <summary>Gets how many devices are in conflict.</summary>
    public long Conflicts { get; init; }

    /// <summary>Gets why the whole run ended early, without a secret.</summary>
    public string? Error { get; init; }

    /// <summary>Gets the first failures, 100 at most, without a secret.</summary>
    public IReadOnlyList<SyncFailure> Failures { get; init; } = [];

    /// <summary>Gets the import job that the run gave the hub, if it did.</summary>
    public string? JobId { get; init; }

    /// <summary>Gets the blob that the run wrote for its import job, until it is deleted.</summary>
    public string? JobBlob { get; init; }
}
