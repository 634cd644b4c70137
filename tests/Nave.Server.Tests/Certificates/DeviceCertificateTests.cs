using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nave.Api;
using Nave.Mqtt;
using Nave.Server.Tests.Hostile;
using Nave.Server.Tests.Mqtt;
using Nave.Server.Tls;
using Nave.Testing;

namespace Nave.Server.Tests.Certificates;

/// <summary>Devices with certificates against a whole server, over real TLS: who gets in, and who is thrown out when.</summary>
[Collection(nameof(Alone))]
public sealed class DeviceCertificateTests : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();
    private readonly List<X509Certificate2> _made = [];
    private WholeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WholeServer.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _made.ForEach(certificate => certificate.Dispose());
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_comes_in_with_its_chain_to_a_root_that_was_uploaded_and_verified(bool isRsa)
    {
        var root = Make(CertificateRecipe.Authority("Root") with { IsRsa = isRsa });
        var issuing = Make(CertificateRecipe.Authority("Issuing") with { IsRsa = isRsa }, root);
        var device = Make(new CertificateRecipe("d1") { IsRsa = isRsa }, issuing);
        await CreateAsync("d1", AuthenticationType.CertificateAuthority);
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", device, issuing));

        // Uploaded: it does not count before somebody has shown to hold its key.
        using var added = await UploadAsync("root", root);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", device, issuing));
        using var body = JsonDocument.Parse(await added.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var proof = Make(new CertificateRecipe(body.RootElement.GetProperty("verificationCode").GetString()!), root);
        using var verified = await PostAsync("/nave/certificates/root/verify", proof.ExportCertificatePem());
        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);

        Assert.Equal(MqttReason.Success, await AnswerAsync("d1", device, issuing));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", device));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d2", device, issuing));
        Assert.Equal(HttpStatusCode.NoContent, await SendEventAsync("d1", device, issuing));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendEventAsync("d1", device));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("removed")]
    [InlineData("device disabled")]
    [InlineData("device deleted")]
    public async Task Devices_of_an_authority_are_dropped_within_5_s_and_those_of_its_successor_are_not(string how)
    {
        // Two of one name: the old and the new one of a roll-over.
        var old = Make(CertificateRecipe.Authority("Root"));
        var next = Make(CertificateRecipe.Authority("Root"));
        await UploadVerifiedAsync("old", old);
        await UploadVerifiedAsync("next", next);
        await CreateAsync("d1", AuthenticationType.CertificateAuthority);
        await CreateAsync("d2", AuthenticationType.CertificateAuthority);
        var first = Make(new CertificateRecipe("d1"), old);
        await using var ofOld = await ConnectAsync("d1", first);
        await using var ofNext = await ConnectAsync("d2", Make(new CertificateRecipe("d2"), next));

        var watch = Stopwatch.StartNew();
        var status = how switch
        {
            "disabled" => await _server.StatusAsync("POST", "/nave/certificates/old/disable"),
            "removed" => await _server.StatusAsync("DELETE", "/nave/certificates/old"),
            "device disabled" => await _server.StatusAsync(
                "PUT", "/devices/d1", """{"deviceId": "d1", "status": "disabled", "authentication": {"type": "certificateAuthority"}}""", ifMatch: "*"),
            _ => await _server.StatusAsync("DELETE", "/devices/d1", ifMatch: "*"),
        };
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{how}: {status}");
        await ofOld.ExpectCloseAsync();
        Assert.True(watch.Elapsed < s_limit, $"The connection was dropped after {watch.Elapsed}.");
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", first));
        await ofNext.PingAsync();

        if (how == "disabled")
        {
            Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("POST", "/nave/certificates/old/enable"));
            Assert.Equal(MqttReason.Success, await AnswerAsync("d1", first));
        }
        else if (how == "removed")
        {
            // The device rolls over.
            Assert.Equal(MqttReason.Success, await AnswerAsync("d1", Make(new CertificateRecipe("d1"), next)));
        }
    }

    [Fact]
    public async Task A_device_rolls_over_from_its_primary_to_its_secondary_thumbprint()
    {
        var first = Make(new CertificateRecipe("d1"));
        var second = Make(new CertificateRecipe("d1") { IsRsa = true });
        var third = Make(new CertificateRecipe("d1"));
        await PutThumbprintsAsync(first, second, isNew: true);
        await using var client = await ConnectAsync("d1", first);
        Assert.Equal(HttpStatusCode.NoContent, await SendEventAsync("d1", second));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", third));

        // The first is replaced: who came with it is dropped, and does not come back with it.
        var watch = Stopwatch.StartNew();
        await PutThumbprintsAsync(third, second, isNew: false);
        await client.ExpectCloseAsync();
        Assert.True(watch.Elapsed < s_limit, $"The connection was dropped after {watch.Elapsed}.");
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", first));
        Assert.Equal(MqttReason.Success, await AnswerAsync("d1", second));
        Assert.Equal(MqttReason.Success, await AnswerAsync("d1", third));
    }

    [Fact]
    public async Task A_certificate_that_breaks_a_rule_is_refused_over_TLS()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        await UploadVerifiedAsync("root", root);
        await CreateAsync("d1", AuthenticationType.CertificateAuthority);
        var short_ = Make(CertificateRecipe.Authority("Short") with { PathLength = 0 }, root);
        var deep = Make(CertificateRecipe.Authority("Deep"), short_);
        var unconstrained = Make(new CertificateRecipe("Unconstrained"), root);
        var bad = new Dictionary<string, (X509Certificate2 Device, X509Certificate2[] Chain)>
        {
            ["expired"] = (Make(new CertificateRecipe("d1") { From = TimeSpan.FromDays(-3), Until = TimeSpan.FromDays(-1) }, root), []),
            ["not yet valid"] = (Make(new CertificateRecipe("d1") { From = TimeSpan.FromDays(1) }, root), []),
            ["for servers"] = (Make(new CertificateRecipe("d1") { Usages = [CertificateRecipe.ServerAuthentication] }, root), []),
            ["too deep"] = (Make(new CertificateRecipe("d1"), deep), [short_, deep]),
            ["signed by no authority"] = (Make(new CertificateRecipe("d1"), unconstrained), [unconstrained]),
            ["another name"] = (Make(new CertificateRecipe("D1"), root), []),
            ["self-signed"] = (Make(new CertificateRecipe("d1")), []),
            ["another authority of the name"] = (Make(new CertificateRecipe("d1"), Make(CertificateRecipe.Authority("Root"))), []),
        };
        foreach (var (what, (device, chain)) in bad)
        {
            Assert.True(await AnswerAsync("d1", device, chain) == MqttReason.NotAuthorized, $"A certificate that is {what} was taken.");
        }

        Assert.Equal(MqttReason.Success, await AnswerAsync("d1", Make(new CertificateRecipe("d1") { Usages = [CertificateRecipe.ClientAuthentication] }, root)));
    }

    [Fact]
    public async Task More_or_larger_certificates_than_permitted_end_the_handshake()
    {
        await CreateAsync("d1", AuthenticationType.CertificateAuthority);
        var device = Make(new CertificateRecipe("d1"));
        var chain = new List<X509Certificate2> { Make(CertificateRecipe.Authority("n0")) };
        while (chain.Count < TlsHandshake.MaxClientCertificates + 1)
        {
            chain.Add(Make(CertificateRecipe.Authority($"n{chain.Count}"), chain[^1]));
        }

        await Assert.ThrowsAnyAsync<Exception>(() => AnswerAsync("d1", Make(new CertificateRecipe("d1"), chain[^1]), [.. chain]));
        await Assert.ThrowsAnyAsync<Exception>(
            () => AnswerAsync("d1", Make(new CertificateRecipe("d1") { Ballast = TlsHandshake.MaxClientCertificateBytes })));
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync("d1", device));
    }

    private async Task<MqttTestClient> OpenAsync(X509Certificate2 device, X509Certificate2[] chain)
    {
        var client = await MqttTestClient.OpenAsync(_server.Server.Status.Ports.Mqtt, MqttVersion.V311);
        var options = WholeServer.TrustOf(_server.Server);
        options.ClientCertificateContext = SslStreamCertificateContext.Create(device, [.. chain], offline: true);
        await client.UpgradeAsync(options);
        return client;
    }

    private static MqttConnect ConnectPacket(string deviceId) => new()
    {
        ClientId = deviceId,
        CleanStart = true,
        KeepAliveSeconds = 240,
        UserName = $"{WholeServer.HostName}/{deviceId}/?api-version=2021-04-12",
    };

    private async Task<MqttReason> AnswerAsync(string deviceId, X509Certificate2 device, params X509Certificate2[] chain)
    {
        await using var client = await OpenAsync(device, chain);
        await client.SendAsync(ConnectPacket(deviceId));
        return (await client.ExpectConnAckAsync()).Reason;
    }

    private async Task<MqttTestClient> ConnectAsync(string deviceId, X509Certificate2 device, params X509Certificate2[] chain)
    {
        var client = await OpenAsync(device, chain);
        await client.SendAsync(ConnectPacket(deviceId));
        Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
        return client;
    }

    private async Task<HttpStatusCode> SendEventAsync(string deviceId, X509Certificate2 device, params X509Certificate2[] chain)
    {
        var options = WholeServer.TrustOf(_server.Server);
        options.ClientCertificateContext = SslStreamCertificateContext.Create(device, [.. chain], offline: true);
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = options }) { BaseAddress = _server.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/devices/{deviceId}/messages/events?api-version=2021-04-12")
        {
            Content = new StringContent("{}"),
        };
        request.Headers.Host = WholeServer.HostName;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private async Task CreateAsync(string deviceId, AuthenticationType type)
    {
        var created = await _server.Hub.Registry.CreateAsync(
            new DeviceIdentity { DeviceId = deviceId, Authentication = new DeviceAuthentication { Type = type } }, CancellationToken.None);
        Assert.True(created.IsSuccess, created.Error?.Message);
    }

    private async Task PutThumbprintsAsync(X509Certificate2 primary, X509Certificate2 secondary, bool isNew)
    {
        var json = $$"""
            {"deviceId": "d1", "authentication": {"type": "selfSigned", "x509Thumbprint": {
              "primaryThumbprint": "{{primary.GetCertHashString(HashAlgorithmName.SHA256)}}",
              "secondaryThumbprint": "{{secondary.GetCertHashString(HashAlgorithmName.SHA1)}}"
            } } }
            """;
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync("PUT", "/devices/d1", json, ifMatch: isNew ? null : "*"));
    }

    private async Task UploadVerifiedAsync(string name, X509Certificate2 authority)
    {
        using var response = await UploadAsync(name, authority, "?verified=true");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    private Task<HttpResponseMessage> UploadAsync(string name, X509Certificate2 authority, string query = "") =>
        _server.SendAsync("PUT", $"/nave/certificates/{name}{query}", authority.ExportCertificatePem());

    private Task<HttpResponseMessage> PostAsync(string path, string pem) => _server.SendAsync("POST", path, pem);

    private X509Certificate2 Make(CertificateRecipe recipe, X509Certificate2? signer = null)
    {
        var made = TestCertificates.Make(recipe, signer);
        _made.Add(made);
        return made;
    }
}
