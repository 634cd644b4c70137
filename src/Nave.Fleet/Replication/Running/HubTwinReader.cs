using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Replication.Running;

/// <summary>Reads twins over a hub's service API.</summary>
internal sealed class HubTwinReader(ServiceClient hub) : ITwinReader
{
    // Each attempt fails only when the identity was changed between two calls.
    private const int MaxAttempts = 10;

    public async Task<TwinRead> ReadAsync(IdentityId key, bool withGeneration, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            RawJson twin;
            try
            {
                twin = await hub.GetTwinAsync(key, cancellationToken).ConfigureAwait(false);
            }
            catch (HubException e) when (e.HttpStatus == 404 && IsMissing(e))
            {
                return default;
            }

            if (!withGeneration)
            {
                return new TwinRead(twin);
            }

            // The twin does not say which life it belongs to; the identity does, and the twin has the identity's etag.
            var identity = await hub.GetDeviceAsync(key, cancellationToken).ConfigureAwait(false);
            if (identity is not null && (attempt == MaxAttempts || IdentityETagOf(twin) == identity.ETag))
            {
                return new TwinRead(twin, identity.GenerationId);
            }
        }
    }

    // A hub that is not there any more must not become deletions: only the codes of identities do.
    private static bool IsMissing(HubException e) => e.Code is HubErrorCode.DeviceNotFound or HubErrorCode.ModuleNotFound;

    private static string? IdentityETagOf(RawJson twin)
    {
        using var document = twin.ToDocument();
        return document.RootElement.TryGetProperty("deviceEtag", out var etag) ? etag.GetString() : null;
    }
}
