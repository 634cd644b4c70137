namespace Nave.Fleet.Recovery;

/// <summary>Which hubs a mirror's folder is of.</summary>
/// <param name="Source">The host name of the hub that is mirrored.</param>
/// <param name="Target">The host name of the mirror.</param>
/// <param name="Promoted">When the mirror was promoted; <see langword="null"/> if it was not.</param>
internal sealed record MirrorPair(string Source, string Target, DateTimeOffset? Promoted);
