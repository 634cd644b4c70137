namespace Nave.Fleet.Recovery;

/// <summary>What a copy of configurations did.</summary>
/// <param name="Ids">The configurations of the source.</param>
/// <param name="Written">How many were written or deleted in the target.</param>
/// <param name="Problems">Those that were not.</param>
internal sealed record ConfigurationCopy(IReadOnlyList<string> Ids, int Written, IReadOnlyList<CloneProblem> Problems);
