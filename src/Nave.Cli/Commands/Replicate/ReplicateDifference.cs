namespace Nave.Cli.Commands;

/// <summary>One document that is not as the hub has it.</summary>
internal sealed record ReplicateDifference(string Id, string Difference, IReadOnlyList<string> Reasons, bool Repaired);
