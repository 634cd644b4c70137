using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Nave.Server.Tests.Http;

public sealed class HttpSecurityTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task An_authority_is_added_verified_by_proof_of_possession_and_removed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = NewAuthority(key);
        using var added = await server.SendAsync("PUT", "/nave/certificates/factory", authority.ExportCertificatePem());
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        using var description = await ReadAsync(added);
        Assert.False(description.RootElement.GetProperty("isVerified").GetBoolean());
        var code = description.RootElement.GetProperty("verificationCode").GetString()!;

        using var proof = Issue(authority, code);
        using var verified = await server.SendAsync("POST", "/nave/certificates/factory/verify", proof.ExportCertificatePem());
        using var after = await ReadAsync(verified);
        Assert.True(after.RootElement.GetProperty("isVerified").GetBoolean());

        using var removed = await server.SendAsync("DELETE", "/nave/certificates/factory");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var list = await server.SendAsync("GET", "/nave/certificates");
        using var left = await ReadAsync(list);
        Assert.Equal(0, left.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task A_body_that_is_no_certificate_is_refused()
    {
        using var response = await server.SendAsync("PUT", "/nave/certificates/factory", "nonsense");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_regenerated_key_replaces_the_one_before_at_once()
    {
        using var policies = await server.SendAsync("GET", "/nave/policies");
        using var before = await ReadAsync(policies);
        var service = before.RootElement.EnumerateArray().Single(policy => policy.GetProperty("name").GetString() == "service");
        var oldToken = TokenOf(service.GetProperty("primaryKey").GetString()!);
        using var works = await server.SendAsync("GET", "/statistics/service?api-version=2021-04-12", token: oldToken);
        Assert.Equal(HttpStatusCode.OK, works.StatusCode);

        using var regenerated = await server.SendAsync("POST", "/nave/policies/service/regenerate?key=primary");
        using var after = await ReadAsync(regenerated);
        using var refused = await server.SendAsync("GET", "/statistics/service?api-version=2021-04-12", token: oldToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var renewed = await server.SendAsync(
            "GET", "/statistics/service?api-version=2021-04-12", token: TokenOf(after.RootElement.GetProperty("primaryKey").GetString()!));
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
    }

    private static string TokenOf(string key) =>
        RunningServer.Token(RunningServer.HostName, $"HostName={RunningServer.HostName};SharedAccessKeyName=service;SharedAccessKey={key}");

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(bytes);
    }

    private static X509Certificate2 NewAuthority(ECDsa key)
    {
        var request = new CertificateRequest("CN=Factory CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string commonName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        return request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
    }
}
