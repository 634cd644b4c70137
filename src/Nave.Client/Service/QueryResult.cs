using Nave.Api;

namespace Nave.Client;

/// <summary>One page of a query's result.</summary>
/// <param name="ItemType"><c>Twin</c>, <c>Raw</c> or <c>DeviceJob</c>.</param>
/// <param name="Items">The rows.</param>
/// <param name="Continuation">Gets the next page; <see langword="null"/> after the last.</param>
public sealed record QueryResult(string ItemType, IReadOnlyList<RawJson> Items, string? Continuation);
