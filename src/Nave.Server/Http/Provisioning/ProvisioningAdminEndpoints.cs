using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Server.Http.Own;

namespace Nave.Server.Http.Provisioning;

/// <summary>
/// What Azure keeps on its management plane: linked hubs (<c>/nave/linked-hubs</c>), certificate authorities (<c>/nave/certificates</c>) and the
/// keys of policies (<c>/nave/policies</c>), on the service's own host name. Only the owner may.
/// </summary>
internal static class ProvisioningAdminEndpoints
{
    public static void Map(ProvisioningRoutes routes)
    {
        CertificateEndpoints.Map((method, path, handler) => routes.Own(method, path, request => handler(request, request.Service.Authorities)));
        routes.Own("GET", "/nave/linked-hubs", request => request.WriteJsonAsync(
            request.Service.LinkedHubs.List(), ProvisioningJson.Wire.IReadOnlyListLinkedHubDescription));
        routes.Own("PUT", "/nave/linked-hubs/{name}", LinkAsync);
        routes.Own("DELETE", "/nave/linked-hubs/{name}", UnlinkAsync);
        routes.Own("GET", "/nave/policies", request => request.WriteJsonAsync(
            [.. request.Service.Authenticator.Policies.Select(Describe)], ServerJson.Wire.PolicyDescriptionArray));
        routes.Own("POST", "/nave/policies/{name}/regenerate", RegenerateAsync);
    }

    private static async Task LinkAsync(ProvisioningRequest request)
    {
        var body = await request.ReadJsonAsync(ProvisioningJson.Default.LinkedHubDescription);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var linked = await request.Service.LinkedHubs.PutAsync(request.Route("name"), body.Value, request.Aborted);
        await (linked.IsSuccess
            ? request.WriteJsonAsync(linked.Value, ProvisioningJson.Wire.LinkedHubDescription, StatusCodes.Status200OK)
            : request.WriteErrorAsync(linked.Error));
    }

    private static async Task UnlinkAsync(ProvisioningRequest request)
    {
        var unlinked = await request.Service.LinkedHubs.DeleteAsync(request.Route("name"), request.Aborted);
        await (unlinked.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(unlinked.Error));
    }

    private static async Task RegenerateAsync(ProvisioningRequest request)
    {
        var text = request.Context.Request.Query["key"].ToString();
        if (!Enum.TryParse<PolicyKey>(text, ignoreCase: true, out var key) || !Enum.IsDefined(key))
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'key' is '{text}'; primary or secondary is permitted."));
            return;
        }

        var policy = await request.Service.Authenticator.RegenerateKeyAsync(request.Route("name"), key, request.Aborted);
        await (policy.IsSuccess
            ? request.WriteJsonAsync(Describe(policy.Value), ServerJson.Wire.PolicyDescription)
            : request.WriteErrorAsync(policy.Error));
    }

    private static PolicyDescription Describe(SharedAccessPolicy policy) =>
        new(policy.Name, policy.Rights.ToString(), policy.PrimaryKey, policy.SecondaryKey);
}
