namespace Nave.Hub.Twins;

/// <summary>One page of a query's result.</summary>
/// <param name="ItemType">The <c>x-ms-item-type</c>: <c>Twin</c>, <c>Raw</c> or <c>DeviceJob</c>.</param>
/// <param name="Items">Each row as UTF-8 JSON.</param>
/// <param name="Continuation">Gets the next page, or <see langword="null"/> after the last.</param>
public sealed record QueryPage(string ItemType, IReadOnlyList<ReadOnlyMemory<byte>> Items, string? Continuation);
