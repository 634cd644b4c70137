using Xunit;

namespace Nave.Testing;

/// <summary>One <see cref="AzuriteServer"/> for all tests that ask for it: <c>[assembly: AssemblyFixture(typeof(AzuriteFixture))]</c>, or a class or collection fixture.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteServer? _server;

    /// <summary>Gets the server.</summary>
    public AzuriteServer Server => _server ?? throw new InvalidOperationException("The fixture is not initialized.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _server = await AzuriteServer.StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
