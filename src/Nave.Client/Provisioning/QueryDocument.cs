namespace Nave.Client;

/// <summary>The body of a query to device provisioning.</summary>
/// <param name="Query">The query.</param>
internal sealed record QueryDocument(string Query);
