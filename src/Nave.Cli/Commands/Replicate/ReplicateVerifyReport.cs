namespace Nave.Cli.Commands;

/// <summary>What <c>nave replicate verify -o json</c> prints.</summary>
internal sealed record ReplicateVerifyReport(
    long Compared, long Equal, long Missing, long Different, long Extra, long Repaired, IReadOnlyList<ReplicateDifference> Differences);
