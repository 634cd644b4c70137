using Nave.Api;

namespace Nave.Fleet.Replication.Running;

/// <summary>What a read of a twin gave.</summary>
/// <param name="Twin">The twin's JSON; undefined if there is no such identity.</param>
/// <param name="GenerationId">Which life of the id it is, if that was asked for.</param>
internal readonly record struct TwinRead(RawJson Twin, string? GenerationId = null)
{
    /// <summary>Gets a value indicating whether there is such an identity.</summary>
    public bool IsFound => !Twin.IsUndefined;
}
