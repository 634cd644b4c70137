using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Server.Http;

/// <summary>Lock tokens in paths: what the ETag of a received message said, with or without its quotes.</summary>
internal static class LockTokens
{
    /// <summary>Reads the token of a path.</summary>
    /// <param name="request">The request.</param>
    /// <param name="token">The token.</param>
    /// <param name="error">412002: no token that was ever given.</param>
    public static bool TryRead(HubRequest request, out Guid token, [NotNullWhen(false)] out HubError? error)
    {
        var text = request.Route("lockToken").Trim('"');
        error = Guid.TryParse(text, out token)
            ? null
            : new HubError(HubErrorCode.DeviceMessageLockLost, $"The lock token '{text}' is not one of this hub.");
        return error is null;
    }
}
