namespace Nave.Fleet.Sync.Applying;

/// <summary>What became of one change.</summary>
/// <param name="Failure">Why it did not come about, without a secret; <see langword="null"/> = it did.</param>
/// <param name="IsTransient">Whether the same change may succeed later.</param>
internal readonly record struct ChangeResult(string? Failure, bool IsTransient = false)
{
    public static ChangeResult Done { get; } = new(null);

    public bool IsDone => Failure is null;
}
