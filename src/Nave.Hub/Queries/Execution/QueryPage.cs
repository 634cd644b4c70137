namespace Nave.Hub.Queries;

/// <summary>A page of a result.</summary>
/// <param name="Json">A JSON array of the rows, in UTF-8.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Continuation">The token that gets the next page; <see langword="null"/> on the last one.</param>
/// <param name="ItemType">What the rows are, as <c>x-ms-item-type</c> says it: <c>Twin</c>, <c>DeviceJob</c>, <c>Enrollment</c> … or <c>Raw</c>.</param>
public sealed record QueryPage(ReadOnlyMemory<byte> Json, int Count, string? Continuation, string ItemType);
