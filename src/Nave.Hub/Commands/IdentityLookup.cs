using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>Finds which life of an id there is now.</summary>
/// <returns>The generation id, or 404001/404010.</returns>
internal delegate ValueTask<HubResult<string>> IdentityLookup(IdentityId id, CancellationToken cancellationToken);
