using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http.Own;

/// <summary>
/// What Azure keeps on its management plane: certificate authorities (<c>/nave/certificates</c>) and the keys of shared access policies
/// (<c>/nave/policies</c>). Bodies of certificates are PEM or DER. Only the owner may.
/// </summary>
internal static class SecurityEndpoints
{
    // A chain of a few certificates; one of an authority is 1 to 3 KiB.
    private const int MaxCertificateBytes = 32 * 1024;

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/nave/certificates", HubRoutes.Owner, ListAsync);
        routes.Service("PUT", "/nave/certificates/{name}", HubRoutes.Owner, AddAsync);
        routes.Service("POST", "/nave/certificates/{name}/verify", HubRoutes.Owner, VerifyAsync);
        routes.Service("DELETE", "/nave/certificates/{name}", HubRoutes.Owner, RemoveAsync);
        routes.Service("GET", "/nave/policies", HubRoutes.Owner, ListPoliciesAsync);
        routes.Service("POST", "/nave/policies/{name}/regenerate", HubRoutes.Owner, RegenerateAsync);
    }

    private static Task ListAsync(HubRequest request) =>
        request.WriteJsonAsync([.. request.Hub.Authenticator.Authorities.List()], ServerJson.Wire.CertificateAuthorityArray);

    // verified=true: the owner vouches for the authority, so that no proof of possession is asked for.
    private static async Task AddAsync(HubRequest request)
    {
        using var certificate = await ReadCertificateAsync(request);
        if (certificate is null)
        {
            return;
        }

        var isVerified = string.Equals(request.Context.Request.Query["verified"], "true", StringComparison.OrdinalIgnoreCase);
        await WriteAsync(
            request,
            await request.Hub.Authenticator.Authorities.AddAsync(request.Route("name"), certificate, isVerified, request.Aborted),
            StatusCodes.Status201Created);
    }

    private static async Task VerifyAsync(HubRequest request)
    {
        using var proof = await ReadCertificateAsync(request);
        if (proof is not null)
        {
            await WriteAsync(request, await request.Hub.Authenticator.Authorities.VerifyAsync(request.Route("name"), proof, request.Aborted));
        }
    }

    private static async Task RemoveAsync(HubRequest request)
    {
        var removed = await request.Hub.Authenticator.Authorities.RemoveAsync(request.Route("name"), request.Aborted);
        await (removed.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(removed.Error));
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

    private static Task WriteAsync(HubRequest request, HubResult<CertificateAuthority> authority, int status = StatusCodes.Status200OK) =>
        authority.IsSuccess
            ? request.WriteJsonAsync(authority.Value, ServerJson.Wire.CertificateAuthority, status)
            : request.WriteErrorAsync(authority.Error);

    private static async Task<X509Certificate2?> ReadCertificateAsync(HubRequest request)
    {
        var body = await request.ReadBodyAsync(MaxCertificateBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return null;
        }

        try
        {
            return X509CertificateLoader.LoadCertificate(body.Value.Span);
        }
        catch (CryptographicException)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, "The body is no X.509 certificate in PEM or DER."));
            return null;
        }
    }
}
