namespace Nave.Crash.Tests.Checking;

/// <summary>An identity as it was read back.</summary>
internal sealed record StoredIdentity(string? Marker, string ETag, string GenerationId);
