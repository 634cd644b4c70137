using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;

namespace Nave.Server.Http.Provisioning;

/// <summary>
/// Maps the provisioning service's paths. The service side is there on every host name that is no hub's, devices are known by the id scope in
/// their path on whatever host name. An <c>api-version</c> is not asked for: az sends odd ones (wire facts 18.15).
/// </summary>
internal sealed class ProvisioningRoutes(
    IEndpointRouteBuilder routes, HubHost hubs, ProvisioningService service, int maxBodyBytes, ILogger<ProvisioningRoutes> logger)
{
    /// <summary>What only the owner has: every right.</summary>
    public const AccessRights Owner = AccessRights.EnrollmentRead | AccessRights.EnrollmentWrite
        | AccessRights.RegistrationStatusRead | AccessRights.RegistrationStatusWrite | AccessRights.ServiceConfig;

    /// <summary>Maps an operation of the service side.</summary>
    public void Service(string method, string path, AccessRights required, Func<ProvisioningRequest, Task> handler) =>
        routes.MapMethods(path, [method], context => hubs.TryFind(context.Request.Host.Host, out _)
            ? HttpErrors.WriteAsync(
                context, new HubError(HubErrorCode.GenericNotFound, $"A hub has no operation {context.Request.Method} {context.Request.Path}."))
            : RunAsync(context, request => AuthorizeAsync(request, required, handler)));

    /// <summary>Maps an operation of Nave's own, whose path hubs have, too: only on the service's own host name.</summary>
    public void Own(string method, string path, Func<ProvisioningRequest, Task> handler) =>
        routes.MapMethods(path, [method], context => RunAsync(context, request => AuthorizeAsync(request, Owner, handler))).RequireHost(service.HostName);

    /// <summary>Maps an operation of the device side. The handler proves the device.</summary>
    public void Device(string method, string path, Func<ProvisioningRequest, Task> handler) =>
        routes.MapMethods(path, [method], context => RunAsync(context, handler));

    private static async Task AuthorizeAsync(ProvisioningRequest request, AccessRights required, Func<ProvisioningRequest, Task> handler)
    {
        var http = request.Context.Request;
        var authorized = request.Service.Authenticator.Authorize(request.Token, required, http.Path.Value!.TrimStart('/'), http.Host.Host);
        await (authorized.IsSuccess ? handler(request) : request.WriteErrorAsync(authorized.Error));
    }

    private async Task RunAsync(HttpContext context, Func<ProvisioningRequest, Task> handler)
    {
        context.Response.Headers["x-ms-request-id"] = context.TraceIdentifier;
        try
        {
            await handler(new ProvisioningRequest(context, service, maxBodyBytes));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException e)
        {
            await ProvisioningErrors.WriteAsync(context, new HubError(HubErrorCode.GenericBadRequest, e.Message));
        }
        catch (Storage.StorageUnavailableException e)
        {
            await ProvisioningErrors.WriteAsync(context, new HubError(HubErrorCode.ServiceUnavailable, e.Message));
        }
        catch (Exception e)
        {
            HttpErrors.Log.Unexpected(logger, context.Request.Method, context.Request.Path, context.TraceIdentifier, e);
            await ProvisioningErrors.WriteAsync(
                context, new HubError(HubErrorCode.ServerError, "The provisioning service failed; its log has the cause under this tracking id."));
        }
    }
}
