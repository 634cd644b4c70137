using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Http.Own;

/// <summary>
/// What Azure keeps on its management plane: certificate authorities (<c>/nave/certificates</c>) and the keys of shared access policies
/// (<c>/nave/policies</c>). Only the owner may.
/// </summary>
internal static class SecurityEndpoints
{
    public static void Map(HubRoutes routes)
    {
        CertificateEndpoints.Map((method, path, handler) => routes.Service(
            method, path, HubRoutes.Owner, request => handler(request, request.Hub.Authenticator.Authorities)));
        routes.Service("GET", "/nave/policies", HubRoutes.Owner, ListPoliciesAsync);
        routes.Service("POST", "/nave/policies/{name}/regenerate", HubRoutes.Owner, RegenerateAsync);
    }

    private static Task ListPoliciesAsync(HubRequest request) =>
        request.WriteJsonAsync([.. request.Hub.Authenticator.Policies.Select(Describe)], ServerJson.Wire.PolicyDescriptionArray);

    private static async Task RegenerateAsync(HubRequest request)
    {
        var text = request.Context.Request.Query["key"].ToString();
        if (!Enum.TryParse<PolicyKey>(text, ignoreCase: true, out var key) || !Enum.IsDefined(key))
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'key' is '{text}'; primary or secondary is permitted."));
            return;
        }

        var policy = await request.Hub.Authenticator.RegenerateKeyAsync(request.Route("name"), key, request.Aborted);
        await (policy.IsSuccess
            ? request.WriteJsonAsync(Describe(policy.Value), ServerJson.Wire.PolicyDescription)
            : request.WriteErrorAsync(policy.Error));
    }

    private static PolicyDescription Describe(SharedAccessPolicy policy) =>
        new(policy.Name, policy.Rights.ToString(), policy.PrimaryKey, policy.SecondaryKey);
}
