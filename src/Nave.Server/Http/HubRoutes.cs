using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http;

/// <summary>Maps paths to handlers behind the same gate: hub by host, api-version, authorization, and the error form.</summary>
internal sealed class HubRoutes(IEndpointRouteBuilder routes, HubHost hubs, int maxBodyBytes, ILogger<HubRoutes> logger)
{
    /// <summary>Where the TLS handshake leaves the certificates that the client sent.</summary>
    internal static readonly object ClientChainKey = new();

    /// <summary>What only the owner has: every right.</summary>
    public const AccessRights Owner =
        AccessRights.RegistryRead | AccessRights.RegistryWrite | AccessRights.ServiceConnect | AccessRights.DeviceConnect;

    // The oldest that a live SDK sends (facts: any from here on is accepted).
    private const string OldestApiVersion = "2016-02-03";

    /// <summary>Maps an operation of the service side.</summary>
    public void Service(string method, string path, AccessRights required, Func<HubRequest, Task> handler) =>
        Map(method, path, async request =>
        {
            var (authenticator, token, path) = (request.Hub.Authenticator, request.Token, request.Context.Request.Path.Value!.TrimStart('/'));
            var authorized = authenticator.AuthorizeService(token, required, path);
            await (authorized.IsSuccess
                ? handler(request.With(() => authenticator.AuthorizeService(token, required, path).IsSuccess))
                : request.WriteErrorAsync(authorized.Error));
        });

    /// <summary>Maps an operation of the device side, for the device or module that the path names.</summary>
    public void Device(string method, string path, Func<HubRequest, DevicePrincipal, Task> handler) =>
        Map(method, path, async request =>
        {
            var chain = ClientChain(request.Context);
            var credential = new DeviceCredential(request.Token, chain.FirstOrDefault(), chain);
            var authenticated = await request.Hub.Authenticator.AuthenticateDeviceAsync(request.Identity, credential, request.Aborted);
            await (authenticated.IsSuccess ? handler(request, authenticated.Value) : request.WriteErrorAsync(authenticated.Error));
        });

    /// <summary>Maps an operation that sees to its own authorization.</summary>
    public void Open(string method, string path, Func<HubRequest, Task> handler) => Map(method, path, handler);

    /// <summary>Gets the certificates that the client sent in the handshake, its leaf first; empty if it sent none.</summary>
    public static X509Certificate2Collection ClientChain(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(ClientChainKey, out var sent) == true
            && sent is X509Certificate2Collection chain ? chain : [];

    private void Map(string method, string path, Func<HubRequest, Task> handler) =>
        routes.MapMethods(path, [method], context => RunAsync(context, handler));

    private async Task RunAsync(HttpContext context, Func<HubRequest, Task> handler)
    {
        context.Response.Headers["x-ms-request-id"] = context.TraceIdentifier;
        try
        {
            if (!hubs.TryFind(context.Request.Host.Host, out var hub))
            {
                await HttpErrors.WriteAsync(
                    context, new HubError(HubErrorCode.IotHubNotFound, $"There is no hub '{context.Request.Host.Host}' here."));
                return;
            }

            if (!context.Request.Path.StartsWithSegments("/nave") && CheckApiVersion(context) is { } error)
            {
                await HttpErrors.WriteAsync(context, error);
                return;
            }

            await handler(new HubRequest(context, hub, maxBodyBytes));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException e)
        {
            await HttpErrors.WriteAsync(context, new HubError(HubErrorCode.GenericBadRequest, e.Message));
        }
        catch (Storage.StorageUnavailableException e)
        {
            await HttpErrors.WriteAsync(context, new HubError(HubErrorCode.ServiceUnavailable, e.Message));
        }
        catch (Exception e)
        {
            HttpErrors.Log.Unexpected(logger, context.Request.Method, context.Request.Path, context.TraceIdentifier, e);
            await HttpErrors.WriteAsync(context, new HubError(HubErrorCode.ServerError, "The hub failed; its log has the cause under this tracking id."));
        }
    }

    private static HubError? CheckApiVersion(HttpContext context)
    {
        var version = context.Request.Query["api-version"].ToString();
        return version.Length >= OldestApiVersion.Length && string.CompareOrdinal(version, OldestApiVersion) >= 0 && char.IsAsciiDigit(version[0])
            ? null
            : new HubError(
                HubErrorCode.InvalidProtocolVersion,
                $"'api-version' is '{version}'; a date from {OldestApiVersion} on is required, such as 2021-04-12.");
    }
}
