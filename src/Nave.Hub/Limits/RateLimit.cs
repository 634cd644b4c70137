namespace Nave.Hub.Limits;

/// <summary>A rate: so many tokens in a window, of which all may be taken at once.</summary>
/// <param name="Tokens">How many; 0 = the tier does not have the operation.</param>
/// <param name="Window">The window.</param>
internal readonly record struct RateLimit(int Tokens, TimeSpan Window)
{
    public static RateLimit PerSecond(int tokens) => new(tokens, TimeSpan.FromSeconds(1));

    public static RateLimit PerMinute(int tokens) => new(tokens, TimeSpan.FromMinutes(1));
}
