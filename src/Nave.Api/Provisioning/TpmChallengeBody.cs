namespace Nave.Api;

/// <summary>The body of the 401 by which a TPM device gets its nonce over HTTPS. Wire facts 17.3.3.</summary>
public sealed record TpmChallengeBody
{
    /// <summary>Gets what is needed.</summary>
    public string? Message { get; init; }

    /// <summary>Gets the nonce, wrapped so that only this TPM can activate it: base64.</summary>
    public string? AuthenticationKey { get; init; }

    /// <summary>Gets the name to sign with: <c>registration</c>.</summary>
    public string? KeyName { get; init; }
}
