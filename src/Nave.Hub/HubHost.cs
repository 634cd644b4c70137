using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Nave.Hub;

/// <summary>All hubs of one process, under one data folder.</summary>
public sealed class HubHost : IAsyncDisposable
{
    /// <summary>Opens every hub below the data folder; makes the default one if there is none.</summary>
    public static Task<HubHost> OpenAsync(HubHostOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gets the hubs, in name order.</summary>
    public IReadOnlyList<IotHub> Hubs => throw new NotImplementedException();

    /// <summary>Finds a hub by host name: case-insensitive, a port is ignored.</summary>
    public bool TryFind(ReadOnlySpan<char> hostName, [NotNullWhen(true)] out IotHub? hub) => throw new NotImplementedException();

    /// <summary>Makes a hub with fresh keys.</summary>
    public ValueTask<HubResult<IotHub>> CreateAsync(HubDefinition definition, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes a hub with everything in it.</summary>
    public ValueTask<HubResult<bool>> DeleteAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Commits what is under way and closes all hubs.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
