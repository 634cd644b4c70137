using Nave.Api;

namespace Nave.Hub.Connections;

/// <summary>An identity went from disconnected to connected, or back: what a connection state event tells.</summary>
/// <param name="Id">Who.</param>
/// <param name="GenerationId">Which life of that id.</param>
/// <param name="Connected">What it is now.</param>
/// <param name="Epoch">The number of the connection; grows from one change of an identity to the next but one.</param>
/// <param name="Time">When.</param>
internal readonly record struct ConnectionChange(IdentityId Id, string GenerationId, bool Connected, long Epoch, DateTimeOffset Time);
