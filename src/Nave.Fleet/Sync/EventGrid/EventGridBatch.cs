namespace Nave.Fleet.Sync.EventGrid;

/// <summary>What one delivery holds.</summary>
/// <param name="Events">The events that can be read.</param>
/// <param name="Problems">What is wrong with each of the others; no value of theirs is repeated.</param>
/// <param name="ValidationCode">What a handshake has to be answered with; <see langword="null"/> if it is none.</param>
internal sealed record EventGridBatch(IReadOnlyList<GridEvent> Events, IReadOnlyList<string> Problems, string? ValidationCode);
