namespace Nave.Api;

/// <summary>The outcome of a bulk registry call.</summary>
public sealed record BulkRegistryResult;
