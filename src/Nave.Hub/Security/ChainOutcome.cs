namespace Nave.Hub.Security;

/// <summary>Where a client's certificate leads to.</summary>
/// <param name="Authority">SHA-256 thumbprint of the authority, hex; <see langword="null"/> if the certificate is refused.</param>
/// <param name="Problem">Why it is refused, as the end of a sentence about the certificate; empty if it is not.</param>
internal readonly record struct ChainOutcome(string? Authority, string Problem)
{
    /// <summary>Gets how many certificates away the authority is: 1 if it signed the client's own.</summary>
    public int Depth { get; private init; }

    /// <summary>The certificate leads to an authority.</summary>
    public static ChainOutcome Found(string authority, int depth) => new(authority, "") { Depth = depth };

    /// <summary>It does not.</summary>
    public static ChainOutcome Refused(string problem) => new(null, problem);
}
