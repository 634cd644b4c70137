namespace Nave.Hub.Queries;

/// <summary>A row on its way into a query.</summary>
/// <param name="Key">Its key; rows come in ascending order of it, and a continuation goes on after one.</param>
/// <param name="Json">The row: a JSON object in UTF-8, valid until the next row is asked for.</param>
internal readonly record struct QueryDocument(string Key, ReadOnlyMemory<byte> Json);
