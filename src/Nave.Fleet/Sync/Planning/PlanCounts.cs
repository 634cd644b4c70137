namespace Nave.Fleet.Sync.Planning;

/// <summary>How many devices a plan does what with.</summary>
public sealed record PlanCounts
{
    /// <summary>Gets how many are created.</summary>
    public long Create { get; init; }

    /// <summary>Gets how many are changed.</summary>
    public long Update { get; init; }

    /// <summary>Gets how many are deleted.</summary>
    public long Delete { get; init; }

    /// <summary>Gets how many are in step.</summary>
    public long Unchanged { get; init; }

    /// <summary>Gets how many are left alone until somebody decides.</summary>
    public long Conflict { get; init; }

    /// <summary>Gets how many are no concern of the sync's: on one side only, and not its own.</summary>
    public long Foreign { get; init; }

    /// <summary>Gets how many the sync owns, on the side or sides where it may delete.</summary>
    public long Owned { get; init; }

    /// <summary>Gets a value indicating whether there is nothing to do and nothing to decide.</summary>
    public bool IsEmpty => Create == 0 && Update == 0 && Delete == 0 && Conflict == 0;

    /// <summary>Gets how many changes there are to make.</summary>
    public long Changes => Create + Update + Delete;
}
