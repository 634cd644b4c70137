using Nave.Hub.Telemetry;

namespace Nave.Server.Http.Own;

/// <summary>How events of several partitions are written to one response.</summary>
internal interface IEventForm : IDisposable
{
    /// <summary>Reads some events of a partition and writes them; events of several partitions do not mix within a write.</summary>
    /// <param name="events">Where to read.</param>
    /// <param name="partition">Which partition.</param>
    /// <param name="from">The first sequence number wanted.</param>
    /// <param name="end">Events from this sequence number on are left out.</param>
    /// <param name="cancellationToken">Ends the call; what was written is whole events.</param>
    /// <returns>Where to go on; <paramref name="from"/> if there is nothing yet.</returns>
    Task<long> CopyAsync(EventReader events, int partition, long from, long end, CancellationToken cancellationToken);
}
