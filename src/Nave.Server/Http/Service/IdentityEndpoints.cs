using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>The identity registry: devices and modules, alone and in bulk, and its statistics.</summary>
internal static class IdentityEndpoints
{
    private const int MaxListed = 1000;
    private const int MaxBulk = 100;

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/devices", AccessRights.RegistryRead, ListAsync);
        routes.Service("POST", "/devices", AccessRights.RegistryWrite, BulkAsync);
        routes.Service("GET", "/devices/{deviceId}/modules", AccessRights.RegistryRead, ListModulesAsync);
        foreach (var path in (ReadOnlySpan<string>)["/devices/{deviceId}", "/devices/{deviceId}/modules/{moduleId}"])
        {
            routes.Service("GET", path, AccessRights.RegistryRead, GetAsync);
            routes.Service("PUT", path, AccessRights.RegistryWrite, PutAsync);
            routes.Service("DELETE", path, AccessRights.RegistryWrite, DeleteAsync);
        }

        routes.Service("GET", "/statistics/devices", AccessRights.RegistryRead, StatisticsAsync);
        routes.Service("GET", "/statistics/service", AccessRights.ServiceConnect, ServiceStatisticsAsync);
    }

    private static async Task GetAsync(HubRequest request) =>
        await WriteAsync(request, await request.Hub.Registry.GetAsync(request.Identity, request.Aborted), ApiJson.Wire.DeviceIdentity);

    private static async Task PutAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.DeviceIdentity);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var id = request.Identity;
        if (Differs(body.Value.DeviceId, id.DeviceId) || Differs(body.Value.ModuleId, id.ModuleId))
        {
            await request.WriteErrorAsync(new HubError(
                HubErrorCode.ArgumentInvalid, $"The body names '{body.Value.Id}', the path '{id}'; they must be the same."));
            return;
        }

        var identity = body.Value with { DeviceId = id.DeviceId, ModuleId = id.ModuleId };

        // Without an etag it is a creation, with one an update.
        if (request.IfMatch is { } etag)
        {
            await WriteAsync(request, await request.Hub.Registry.UpdateAsync(identity, etag, request.Aborted), ApiJson.Wire.DeviceIdentity);
            return;
        }

        await WriteAsync(request, await request.Hub.Registry.CreateAsync(identity, request.Aborted), ApiJson.Created.DeviceIdentity);
    }

    private static async Task DeleteAsync(HubRequest request)
    {
        var deleted = await request.Hub.Registry.DeleteAsync(request.Identity, request.IfMatch ?? "*", request.Aborted);
        await (deleted.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(deleted.Error));
    }

    private static async Task ListAsync(HubRequest request)
    {
        if (!request.TryQueryInt("top", 1, MaxListed, MaxListed, out var top, out var error))
        {
            await request.WriteErrorAsync(error);
            return;
        }

        if (request.Hub.Registry.TakeListing() is { } throttled)
        {
            await request.WriteErrorAsync(throttled);
            return;
        }

        var devices = await request.Hub.Registry.ListAsync(top, request.Aborted);
        await request.WriteJsonAsync(devices, ApiJson.Wire.IReadOnlyListDeviceIdentity);
    }

    private static async Task ListModulesAsync(HubRequest request)
    {
        var modules = await request.Hub.Registry.ListModulesAsync(request.Identity.DeviceId, request.Aborted);
        await (modules.IsSuccess
            ? request.WriteJsonAsync(modules.Value, ApiJson.Wire.IReadOnlyListDeviceIdentity)
            : request.WriteErrorAsync(modules.Error));
    }

    private static async Task BulkAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.IReadOnlyListExportImportDevice);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        if (body.Value.Count is 0 or > MaxBulk)
        {
            await request.WriteErrorAsync(new HubError(
                HubErrorCode.ArgumentInvalid, $"The body has {body.Value.Count} entries; 1 to {MaxBulk} are permitted."));
            return;
        }

        var result = await request.Hub.Registry.BulkAsync(body.Value, request.Aborted);
        await (result.IsSuccess
            ? request.WriteJsonAsync(
                result.Value,
                ApiJson.Wire.BulkRegistryResult,
                result.Value.IsSuccessful ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest)
            : request.WriteErrorAsync(result.Error));
    }

    private static async Task StatisticsAsync(HubRequest request) => await (request.Hub.Registry.TakeListing() is { } throttled
        ? request.WriteErrorAsync(throttled)
        : request.WriteJsonAsync(await request.Hub.Registry.GetStatisticsAsync(request.Aborted), ApiJson.Wire.RegistryStatistics));

    private static Task ServiceStatisticsAsync(HubRequest request) => request.Hub.Registry.TakeListing() is { } throttled
        ? request.WriteErrorAsync(throttled)
        : request.WriteJsonAsync(new ServiceStatistics { ConnectedDeviceCount = request.Hub.Connections.Count }, ApiJson.Wire.ServiceStatistics);

    private static Task WriteAsync(HubRequest request, HubResult<DeviceIdentity> identity, JsonTypeInfo<DeviceIdentity> type)
    {
        if (!identity.IsSuccess)
        {
            return request.WriteErrorAsync(identity.Error);
        }

        // Azure sends the header with devices only.
        if (!identity.Value.Id.IsModule)
        {
            request.Context.Response.Headers.ETag = $"\"{identity.Value.ETag}\"";
        }

        return request.WriteJsonAsync(identity.Value, type);
    }

    private static bool Differs(string? inBody, string? inPath) => !string.IsNullOrEmpty(inBody) && inBody != inPath;
}
