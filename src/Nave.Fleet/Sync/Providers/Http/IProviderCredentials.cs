namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>What a provider proves itself with.</summary>
internal interface IProviderCredentials : IDisposable
{
    /// <summary>Gets the secrets that it was given, for <see cref="Redaction"/>.</summary>
    IReadOnlyList<string> Secrets { get; }

    /// <summary>Gets a value indicating whether <see cref="Reject"/> leads to another token.</summary>
    bool CanRenew { get; }

    /// <summary>Gets the bearer token.</summary>
    /// <exception cref="ProviderException">There is none to be had.</exception>
    ValueTask<string> GetTokenAsync(CancellationToken cancellationToken);

    /// <summary>Tells that a token was refused; it is not given out again.</summary>
    void Reject(string token);
}
