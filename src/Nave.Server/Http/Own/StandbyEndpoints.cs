using Nave.Api;

namespace Nave.Server.Http.Own;

/// <summary>Whether the hub stands by for another: <c>/nave/standby</c>. Its owner may, on any of its names.</summary>
internal static class StandbyEndpoints
{
    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/nave/standby", HubRoutes.Owner, WriteAsync);
        routes.Service("PUT", "/nave/standby", HubRoutes.Owner, SetAsync);
    }

    private static async Task SetAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.StandbyState);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        if (body.Value.Standby is not { } standby)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, "'standby' is missing; true or false is permitted."));
            return;
        }

        await request.Hub.SetStandbyAsync(standby, request.Aborted);
        await WriteAsync(request);
    }

    private static Task WriteAsync(HubRequest request) =>
        request.WriteJsonAsync(new StandbyState { HostName = request.Hub.HostName, Standby = request.Hub.Definition.Standby }, ServerJson.Wire.StandbyState);
}
