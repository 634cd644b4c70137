namespace Nave.Api;

/// <summary>How many devices a hub has.</summary>
public sealed record RegistryStatistics;
