using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;

namespace Nave.Server.Http.Own;

/// <summary>Makes, lists and deletes the hubs of this process. Only the owner of the default hub may, on its host name.</summary>
internal sealed class HubAdminEndpoints(HttpHeadParts parts)
{
    public static void Map(HubRoutes routes, HttpHeadParts parts)
    {
        var endpoints = new HubAdminEndpoints(parts);
        routes.Service("GET", "/nave/hubs", HubRoutes.Owner, request => endpoints.IfDefaultAsync(request, endpoints.ListAsync));
        routes.Service("PUT", "/nave/hubs/{name}", HubRoutes.Owner, request => endpoints.IfDefaultAsync(request, endpoints.CreateAsync));
        routes.Service("PUT", "/nave/hubs/{name}/aliases", HubRoutes.Owner, request => endpoints.IfDefaultAsync(request, endpoints.SetAliasesAsync));
        routes.Service("DELETE", "/nave/hubs/{name}", HubRoutes.Owner, request => endpoints.IfDefaultAsync(request, endpoints.DeleteAsync));
    }

    private Task IfDefaultAsync(HubRequest request, Func<HubRequest, Task> handler) =>
        request.Hub.HostName.Equals(parts.DefaultHostName, StringComparison.OrdinalIgnoreCase)
            ? handler(request)
            : request.WriteErrorAsync(new HubError(
                HubErrorCode.IotHubUnauthorizedAccess, $"Hubs are administered on '{parts.DefaultHostName}', not on '{request.Hub.HostName}'."));

    private Task ListAsync(HubRequest request) => request.WriteJsonAsync(
        parts.Hubs.Hubs.Select(hub => Describe(hub, withKey: false)).ToArray(), ServerJson.Wire.HubDescriptionArray);

    private async Task CreateAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.HubDescription);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var name = request.Route("name");
        var wanted = body.Value;
        var hostName = wanted.HostName ?? name;
        if (!name.Equals(hostName, StringComparison.OrdinalIgnoreCase) && !name.Equals(hostName.Split('.')[0], StringComparison.OrdinalIgnoreCase))
        {
            await request.WriteErrorAsync(new HubError(
                HubErrorCode.ArgumentInvalid, $"'hostName' is '{hostName}'; it or its first label must be the name in the path, '{name}'."));
            return;
        }

        var created = await parts.Hubs.CreateAsync(
            new HubDefinition
            {
                HostName = hostName,
                Aliases = wanted.Aliases,
                Standby = wanted.Standby,
                Partitions = wanted.Partitions,
                Tier = wanted.Tier,
                RetentionTime = wanted.RetentionHours is { } hours ? TimeSpan.FromHours(hours) : null,
                RetentionBytes = wanted.RetentionBytes,
            },
            request.Aborted);
        if (!created.IsSuccess)
        {
            await request.WriteErrorAsync(created.Error);
            return;
        }

        CoverNames(created.Value);
        await request.WriteJsonAsync(Describe(created.Value, withKey: true), ServerJson.Wire.HubDescription, StatusCodes.Status201Created);
    }

    private async Task SetAliasesAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.HubDescription);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var changed = await parts.Hubs.SetAliasesAsync(request.Route("name"), body.Value.Aliases, request.Aborted);
        if (!changed.IsSuccess)
        {
            await request.WriteErrorAsync(changed.Error);
            return;
        }

        CoverNames(changed.Value);
        await request.WriteJsonAsync(Describe(changed.Value, withKey: false), ServerJson.Wire.HubDescription);
    }

    private void CoverNames(IotHub hub)
    {
        foreach (var hostName in hub.Definition.Aliases.Prepend(hub.HostName))
        {
            parts.Certificates.Cover(hostName);
        }
    }

    private async Task DeleteAsync(HubRequest request)
    {
        if (request.Route("name").Equals(request.Hub.Name, StringComparison.OrdinalIgnoreCase))
        {
            await request.WriteErrorAsync(new HubError(
                HubErrorCode.InvalidOperation, $"'{request.Hub.Name}' is the default hub, which is not deleted while it runs."));
            return;
        }

        var deleted = await parts.Hubs.DeleteAsync(request.Route("name"), request.Aborted);
        await (deleted.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(deleted.Error));
    }

    private static HubDescription Describe(IotHub hub, bool withKey) => new()
    {
        Name = hub.Name,
        HostName = hub.HostName,
        Aliases = [.. hub.Definition.Aliases],
        Standby = hub.Definition.Standby,
        Partitions = hub.Definition.Partitions,
        Tier = hub.Definition.Tier,
        RetentionHours = hub.Definition.RetentionTime?.TotalHours,
        RetentionBytes = hub.Definition.RetentionBytes,
        ServiceConnectionString = withKey ? hub.OwnerConnectionString : null,
    };
}
