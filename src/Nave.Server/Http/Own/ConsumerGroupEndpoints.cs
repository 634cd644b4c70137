using Microsoft.AspNetCore.Http;
using Nave.Api;

namespace Nave.Server.Http.Own;

/// <summary>
/// The consumer groups of the event stream, which Azure keeps on its management plane: <c>/nave/consumer-groups</c>. Only the owner may.
/// </summary>
internal static class ConsumerGroupEndpoints
{
    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/nave/consumer-groups", HubRoutes.Owner, ListAsync);
        routes.Service("GET", "/nave/consumer-groups/{name}", HubRoutes.Owner, ShowAsync);
        routes.Service("PUT", "/nave/consumer-groups/{name}", HubRoutes.Owner, CreateAsync);
        routes.Service("DELETE", "/nave/consumer-groups/{name}", HubRoutes.Owner, DeleteAsync);
    }

    private static Task ListAsync(HubRequest request) =>
        request.WriteJsonAsync([.. request.Hub.ConsumerGroups.List()], ServerJson.Wire.ConsumerGroupArray);

    private static Task ShowAsync(HubRequest request) =>
        request.Hub.ConsumerGroups.Find(request.Route("name")) is { } group
            ? request.WriteJsonAsync(group, ServerJson.Wire.ConsumerGroup)
            : request.WriteErrorAsync(new HubError(HubErrorCode.GenericNotFound, $"The hub has no consumer group '{request.Route("name")}'."));

    // As a PUT on the management plane does: a group that is there already is the answer.
    private static async Task CreateAsync(HubRequest request)
    {
        var name = request.Route("name");
        var created = await request.Hub.ConsumerGroups.CreateAsync(name, request.Aborted);
        if (created.IsSuccess)
        {
            await request.WriteJsonAsync(created.Value, ServerJson.Wire.ConsumerGroup, StatusCodes.Status201Created);
        }
        else if (created.Error.Code == HubErrorCode.GenericConflict && request.Hub.ConsumerGroups.Find(name) is { } existing)
        {
            await request.WriteJsonAsync(existing, ServerJson.Wire.ConsumerGroup);
        }
        else
        {
            await request.WriteErrorAsync(created.Error);
        }
    }

    private static async Task DeleteAsync(HubRequest request)
    {
        var deleted = await request.Hub.ConsumerGroups.DeleteAsync(request.Route("name"), request.Aborted);
        await (deleted.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(deleted.Error));
    }
}
