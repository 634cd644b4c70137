namespace Nave.Api;

/// <summary>The body of a query request.</summary>
/// <param name="Query">The text, at most 8192 characters.</param>
public sealed record QueryBody(string? Query);
