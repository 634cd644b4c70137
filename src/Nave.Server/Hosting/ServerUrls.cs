namespace Nave.Server.Hosting;

/// <summary>Addresses for people and tools.</summary>
public sealed record ServerUrls(string Https, string Health, string Metrics);
