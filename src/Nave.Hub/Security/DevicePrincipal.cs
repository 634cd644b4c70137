using Nave.Api;

namespace Nave.Hub.Security;

/// <summary>A device or module that has proved who it is.</summary>
/// <param name="Id">Who.</param>
/// <param name="GenerationId">Which life of that id; a re-created identity has another.</param>
/// <param name="AuthMethod">How, as the JSON of the <c>iothub-connection-auth-method</c> annotation.</param>
/// <param name="Expires">When its token ends, or <see langword="null"/> (X.509).</param>
public sealed record DevicePrincipal(IdentityId Id, string GenerationId, string AuthMethod, DateTimeOffset? Expires);
