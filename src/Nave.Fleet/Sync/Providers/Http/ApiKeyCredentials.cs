namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>A key that is always the same.</summary>
internal sealed class ApiKeyCredentials(string key) : IProviderCredentials
{
    public IReadOnlyList<string> Secrets { get; } = [key];

    public bool CanRenew => false;

    public ValueTask<string> GetTokenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(key);

    public void Reject(string token)
    {
        // There is no other.
    }

    public void Dispose()
    {
        // Holds nothing.
    }
}
