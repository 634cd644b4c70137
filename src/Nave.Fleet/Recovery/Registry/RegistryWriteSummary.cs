using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>What became of lines that were written to a hub.</summary>
/// <param name="Applied">How many were applied.</param>
/// <param name="Errors">Those that were not, or not whole.</param>
public sealed record RegistryWriteSummary(long Applied, IReadOnlyList<RegistryWriteError> Errors);
