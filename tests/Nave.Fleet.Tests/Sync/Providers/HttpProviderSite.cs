using Nave.Fleet.Simulation.NetworkServers;

namespace Nave.Fleet.Tests.Sync.Providers;

/// <summary>A registry behind a simulated network server.</summary>
public abstract class HttpProviderSite(NetworkServer server) : ProviderSite
{
    private readonly InstantClock _clock = new();

    public NetworkServer Server { get; } = server;

    public override TimeProvider Clock => _clock;

    public IReadOnlyList<TimeSpan> Waits => _clock.Waits;

    /// <summary>Makes the server refuse the credentials from now on.</summary>
    public abstract void Revoke();

    /// <summary>Tells whether a request is one of a list.</summary>
    public abstract bool IsListing(NetworkServerRequest request);

    /// <summary>Tells whether a request creates the device that has to be created first.</summary>
    public abstract bool IsCreation(NetworkServerRequest request);

    public void Advance(TimeSpan by) => _clock.Advance(by);

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server.DisposeAsync();
    }
}
