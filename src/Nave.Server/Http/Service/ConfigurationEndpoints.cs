using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>Configurations of many devices, IoT Edge deployments, and content for one device.</summary>
internal static class ConfigurationEndpoints
{
    private const int MaxListed = 100;

    // A deployment of 50 modules with 32 KiB of desired properties each, as JSON.
    private const int MaxBodyBytes = 4 * 1024 * 1024;

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/configurations", AccessRights.RegistryRead, ListAsync);
        routes.Service("GET", "/configurations/{id}", AccessRights.RegistryRead, GetAsync);
        routes.Service("PUT", "/configurations/{id}", AccessRights.RegistryWrite, PutAsync);
        routes.Service("DELETE", "/configurations/{id}", AccessRights.RegistryWrite, DeleteAsync);
        routes.Service("POST", "/configurations/testQueries", AccessRights.RegistryRead, TestQueriesAsync);
        routes.Service("POST", "/devices/{deviceId}/applyConfigurationContent", AccessRights.RegistryWrite, ApplyAsync);
    }

    private static async Task GetAsync(HubRequest request)
    {
        var found = await request.Hub.Configurations.GetAsync(request.Route("id"), request.Aborted);
        await (found.IsSuccess ? WriteAsync(request, found.Value, StatusCodes.Status200OK) : request.WriteErrorAsync(found.Error));
    }

    private static async Task PutAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.Configuration, MaxBodyBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var id = request.Route("id");
        if (!string.IsNullOrEmpty(body.Value.Id) && body.Value.Id != id)
        {
            await request.WriteErrorAsync(new HubError(
                HubErrorCode.ArgumentInvalid, $"The body names the configuration '{body.Value.Id}', the path '{id}'; they must be the same."));
            return;
        }

        // Without an etag it is a creation, with one a change.
        var etag = request.IfMatch;
        var written = await request.Hub.Configurations.PutAsync(body.Value with { Id = id }, etag, request.Aborted);
        await (written.IsSuccess
            ? WriteAsync(request, written.Value, etag is null ? StatusCodes.Status201Created : StatusCodes.Status200OK)
            : request.WriteErrorAsync(written.Error));
    }

    private static async Task DeleteAsync(HubRequest request)
    {
        var deleted = await request.Hub.Configurations.DeleteAsync(request.Route("id"), request.IfMatch, request.Aborted);
        await (deleted.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(deleted.Error));
    }

    // A larger number than there may be is no error: Azure takes it for all.
    private static async Task ListAsync(HubRequest request)
    {
        if (!request.TryQueryInt("top", 1, int.MaxValue, MaxListed, out var top, out var error))
        {
            await request.WriteErrorAsync(error);
            return;
        }

        var listed = await request.Hub.Configurations.ListAsync(Math.Min(top, MaxListed), request.Aborted);
        await (listed.IsSuccess ? request.WriteJsonAsync(listed.Value, ApiJson.Wire.IReadOnlyListConfiguration) : request.WriteErrorAsync(listed.Error));
    }

    private static async Task TestQueriesAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.ConfigurationQueriesTestInput, MaxBodyBytes);
        var tested = body.IsSuccess ? request.Hub.Configurations.TestQueries(body.Value) : body.Error;
        await (tested.IsSuccess
            ? request.WriteJsonAsync(tested.Value, ApiJson.Wire.ConfigurationQueriesTestResponse)
            : request.WriteErrorAsync(tested.Error));
    }

    private static async Task ApplyAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.ConfigurationContent, MaxBodyBytes);
        var applied = body.IsSuccess
            ? await request.Hub.Configurations.ApplyContentAsync(request.Route("deviceId"), body.Value, request.Aborted)
            : body.Error;
        await (applied.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(applied.Error));
    }

    private static Task WriteAsync(HubRequest request, Configuration configuration, int status)
    {
        request.Context.Response.Headers.ETag = $"\"{configuration.ETag}\"";
        return request.WriteJsonAsync(configuration, ApiJson.Wire.Configuration, status);
    }
}
