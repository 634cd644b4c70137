using Nave.Api;

namespace Nave.Client;

/// <content>
/// Certificate authorities, of a hub or of the provisioning service (a client made with its connection string). Nave only: Azure has
/// them on its management plane. Only the owner may.
/// </content>
public sealed partial class ServiceClient
{
    private const string CertificateType = "application/pkix-cert";

    /// <summary>Lists the authorities in name order.</summary>
    /// <returns>An array of <c>{"name","subject","thumbprint","notAfter","isVerified","verificationCode"}</c>.</returns>
    public async Task<RawJson> ListCertificatesAsync(CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Get, "nave/certificates"), cancellationToken).ConfigureAwait(false));

    /// <summary>Registers an authority.</summary>
    /// <param name="name">Its name, 1 to 128 characters.</param>
    /// <param name="certificate">PEM or DER, at most 32 KiB.</param>
    /// <param name="isVerified">True: the owner vouches for it. False: it has to be verified before a device's certificate counts.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The authority, with the code to be proved unless it is verified.</returns>
    /// <exception cref="HubException">400004, 403000 (25 are permitted), 409000.</exception>
    public async Task<RawJson> AddCertificateAsync(
        string name, ReadOnlyMemory<byte> certificate, bool isVerified, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Put, $"nave/certificates/{Escape(name)}")
        {
            Query = isVerified ? "&verified=true" : string.Empty,
            Body = certificate,
            ContentType = CertificateType,
        };
        return ToJson(await _http.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Proves that the caller holds an authority's key.</summary>
    /// <param name="name">The authority.</param>
    /// <param name="proof">A certificate that it signed, with its verification code as common name: PEM or DER.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The authority, verified.</returns>
    /// <exception cref="HubException">404008, 400004 (the certificate proves nothing).</exception>
    public async Task<RawJson> VerifyCertificateAsync(string name, ReadOnlyMemory<byte> proof, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Post, $"nave/certificates/{Escape(name)}/verify") { Body = proof, ContentType = CertificateType };
        return ToJson(await _http.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Removes an authority: certificates that it signed do not count any more.</summary>
    /// <exception cref="HubException">404008.</exception>
    public Task DeleteCertificateAsync(string name, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, $"nave/certificates/{Escape(name)}"), cancellationToken);
}
