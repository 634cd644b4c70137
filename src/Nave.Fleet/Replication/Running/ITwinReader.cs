using Nave.Api;

namespace Nave.Fleet.Replication.Running;

/// <summary>Reads single twins from the hub that is replicated: what settles every doubt.</summary>
internal interface ITwinReader
{
    /// <summary>Reads a twin as it is now.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="withGeneration">Whether the life it belongs to is wanted too.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<TwinRead> ReadAsync(IdentityId key, bool withGeneration, CancellationToken cancellationToken);
}
