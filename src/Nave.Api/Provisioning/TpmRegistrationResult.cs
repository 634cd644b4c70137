namespace Nave.Api;

/// <summary>What a TPM device needs to connect.</summary>
public sealed record TpmRegistrationResult
{
    /// <summary>Gets the key of the hub identity, wrapped so that only this TPM can activate it: base64.</summary>
    public string? AuthenticationKey { get; init; }
}
