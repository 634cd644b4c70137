using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http.Own;

/// <summary>
/// Certificate authorities, the same for a hub and for device provisioning, which Azure keeps on its management plane:
/// <c>GET /nave/certificates</c>, <c>PUT</c>, <c>GET</c> and <c>DELETE /nave/certificates/{name}</c>, <c>POST …/verify</c>, <c>…/enable</c>,
/// <c>…/disable</c>. Bodies of certificates are PEM or DER. Answers are <see cref="CertificateAuthority"/>.
/// </summary>
internal static class CertificateEndpoints
{
    // PEM is a third larger than DER, and its header may come with a text of the certificate.
    private const int MaxBodyBytes = 2 * CertificateAuthorities.MaxCertificateBytes;

    /// <summary>Maps one path behind a gate that lets only the owner through.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The pattern, with <c>{name}</c>.</param>
    /// <param name="handler">What answers, given the authorities of the service that the request is for.</param>
    public delegate void Mapper(string method, string path, Func<ApiRequest, CertificateAuthorities, Task> handler);

    /// <summary>Maps all of them.</summary>
    public static void Map(Mapper map)
    {
        map("GET", "/nave/certificates", ListAsync);
        map("PUT", "/nave/certificates/{name}", AddAsync);
        map("GET", "/nave/certificates/{name}", ShowAsync);
        map("DELETE", "/nave/certificates/{name}", RemoveAsync);
        map("POST", "/nave/certificates/{name}/verify", VerifyAsync);
        map("POST", "/nave/certificates/{name}/enable", (request, authorities) => SetEnabledAsync(request, authorities, true));
        map("POST", "/nave/certificates/{name}/disable", (request, authorities) => SetEnabledAsync(request, authorities, false));
    }

    private static Task ListAsync(ApiRequest request, CertificateAuthorities authorities) =>
        request.WriteJsonAsync([.. authorities.List()], ServerJson.Wire.CertificateAuthorityArray);

    private static Task ShowAsync(ApiRequest request, CertificateAuthorities authorities)
    {
        var name = request.Route("name");
        return authorities.List().FirstOrDefault(authority => authority.Name == name) is { } found
            ? WriteAsync(request, found)
            : request.WriteErrorAsync(new HubError(HubErrorCode.GenericNotFound, $"There is no certificate authority '{name}'."));
    }

    // verified=true: the owner vouches for the authority, so that no proof of possession is asked for.
    private static async Task AddAsync(ApiRequest request, CertificateAuthorities authorities)
    {
        using var certificate = await ReadCertificateAsync(request);
        if (certificate is null)
        {
            return;
        }

        var isVerified = string.Equals(request.Context.Request.Query["verified"], "true", StringComparison.OrdinalIgnoreCase);
        var added = await authorities.AddAsync(request.Route("name"), certificate, isVerified, request.Aborted);
        await WriteAsync(request, added, StatusCodes.Status201Created);
    }

    private static async Task VerifyAsync(ApiRequest request, CertificateAuthorities authorities)
    {
        using var proof = await ReadCertificateAsync(request);
        if (proof is not null)
        {
            await WriteAsync(request, await authorities.VerifyAsync(request.Route("name"), proof, request.Aborted));
        }
    }

    private static async Task SetEnabledAsync(ApiRequest request, CertificateAuthorities authorities, bool isEnabled) =>
        await WriteAsync(request, await authorities.SetEnabledAsync(request.Route("name"), isEnabled, request.Aborted));

    private static async Task RemoveAsync(ApiRequest request, CertificateAuthorities authorities)
    {
        var removed = await authorities.RemoveAsync(request.Route("name"), request.Aborted);
        await (removed.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(removed.Error));
    }

    private static Task WriteAsync(ApiRequest request, HubResult<CertificateAuthority> authority, int status = StatusCodes.Status200OK) =>
        authority.IsSuccess
            ? request.WriteJsonAsync(authority.Value, ServerJson.Wire.CertificateAuthority, status)
            : request.WriteErrorAsync(authority.Error);

    private static async Task<X509Certificate2?> ReadCertificateAsync(ApiRequest request)
    {
        var body = await request.ReadBodyAsync(MaxBodyBytes);
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
