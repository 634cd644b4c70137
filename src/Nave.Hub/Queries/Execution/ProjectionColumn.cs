using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>One column.</summary>
/// <param name="Name">Its name in a result.</param>
/// <param name="Aggregate">What combines its values; <see langword="null"/> = the value itself.</param>
/// <param name="Slot">The slot of its path; -1 for COUNT().</param>
internal sealed record ProjectionColumn(JsonEncodedText Name, AggregateFunction? Aggregate, int Slot);
