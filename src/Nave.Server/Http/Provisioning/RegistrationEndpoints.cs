using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Http.Provisioning;

/// <summary>Registrations as the service side sees them. Wire facts 18.1.</summary>
internal static class RegistrationEndpoints
{
    public static void Map(ProvisioningRoutes routes)
    {
        routes.Service("GET", "/registrations/{id}", AccessRights.RegistrationStatusRead, GetAsync);
        routes.Service("DELETE", "/registrations/{id}", AccessRights.RegistrationStatusWrite, DeleteAsync);
        routes.Service("POST", "/registrations/{id}/query", AccessRights.RegistrationStatusRead, request => request.RunQueryAsync((query, size, continuation) =>
            request.Service.Registrations.QueryAsync(request.Route("id"), query, size, continuation, request.Aborted)));
    }

    private static async Task GetAsync(ProvisioningRequest request)
    {
        var state = await request.Service.Registrations.GetAsync(request.Route("id"), request.Aborted);
        if (!state.IsSuccess)
        {
            await request.WriteErrorAsync(state.Error);
            return;
        }

        request.Context.Response.Headers.ETag = $"\"{state.Value.Etag}\"";
        await request.WriteJsonAsync(state.Value, ProvisioningJson.Wire.DeviceRegistrationState);
    }

    private static async Task DeleteAsync(ProvisioningRequest request)
    {
        var deleted = await request.Service.Registrations.DeleteAsync(request.Route("id"), request.Condition, request.Aborted);
        await (deleted.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(deleted.Error));
    }
}
