using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Nave.Fleet.Tests.Sync.EventGrid;

/// <summary>A token issuer: an HTTP server with OpenID metadata and keys, as Azure AD has them.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, RSA> _keys = [];

    private TokenIssuer(WebApplication app) => _app = app;

    public Uri BaseUri => new(_app.Urls.First());

    public Uri MetadataAddress => new(BaseUri, "/tenant/v2.0/.well-known/openid-configuration");

    /// <summary>Gets how often the keys were read.</summary>
    public int Reads { get; private set; }

    /// <summary>Gets or sets a value indicating whether it answers.</summary>
    public bool IsDown { get; set; }

    public static async Task<TokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var issuer = new TokenIssuer(app);
        app.Run(issuer.AnswerAsync);
        await app.StartAsync();
        issuer.AddKey("first");
        return issuer;
    }

    public void AddKey(string id, int bits = 2048)
    {
        lock (_keys)
        {
            _keys[id] = RSA.Create(bits);
        }
    }

    public void RemoveKey(string id)
    {
        lock (_keys)
        {
            _keys.Remove(id);
        }
    }

    /// <summary>Signs claims with a key, also one that is not given out any more.</summary>
    public string Sign(object claims, string keyId = "first", string header = """{"alg":"RS256","typ":"JWT","kid":"KID"}""")
    {
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header.Replace("KID", keyId, StringComparison.Ordinal)))}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        lock (_keys)
        {
            return $"{signed}.{Encode(_keys[keyId].SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
        }
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Response.StatusCode = 503;
            return;
        }

        if (context.Request.Path == MetadataAddress.AbsolutePath)
        {
            await context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["issuer"] = "https://issuer.test/tenant/v2.0", ["jwks_uri"] = new Uri(BaseUri, "/keys").ToString() });
            return;
        }

        Reads++;
        object[] keys;
        lock (_keys)
        {
            keys = [new { kty = "EC", kid = "other", crv = "P-256" }, .. _keys.Select(KeyOf)];
        }

        await context.Response.WriteAsJsonAsync(new { keys });
    }

    private static object KeyOf(KeyValuePair<string, RSA> pair)
    {
        var key = pair.Value.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", kid = pair.Key, n = Encode(key.Modulus), e = Encode(key.Exponent) };
    }
}
