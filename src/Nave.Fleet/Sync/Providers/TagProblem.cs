namespace Nave.Fleet.Sync.Providers;

/// <summary>Why a hub device is not complete for a registry.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="IsMissing">True: it is not there (yet). False: it is there and malformed.</param>
/// <param name="Message">One sentence: what is wrong and what is permitted; never the value of a write-only field.</param>
public sealed record TagProblem(string Tag, bool IsMissing, string Message);
