namespace Nave.Fleet.Recovery.Archive;

/// <summary>How far an import came that was cut off; kept beside the archive until it ends.</summary>
/// <param name="Target">The hub.</param>
/// <param name="Archive">What names the archive's content: the hash of its registry.</param>
/// <param name="Mode">What was done with identities.</param>
/// <param name="Where">The condition, or <see langword="null"/>.</param>
/// <param name="Lines">How many lines of the registry are done, of those that were wanted.</param>
internal sealed record ImportCheckpoint(string Target, string Archive, string Mode, string? Where, long Lines);
