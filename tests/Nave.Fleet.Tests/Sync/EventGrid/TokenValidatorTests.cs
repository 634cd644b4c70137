using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.EventGrid;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.EventGrid;

/// <summary>Tokens of an issuer, against one that runs.</summary>
public sealed class TokenValidatorTests : IAsyncLifetime
{
    private const string Issuer = "https://issuer.test/tenant/v2.0";
    private const string Audience = "0fca1f3c-1c0a-4a1f-8a3e-000000000001";
    private const string Client = "4962773b-9cdb-44cf-a8bf-237846a00ab7";

    private readonly ManualClock _clock = new();
    private readonly HttpClient _http = new();
    private TokenIssuer? _issuer;
    private SigningKeys? _keys;
    private TokenValidator? _validator;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TokenIssuer Server => _issuer!; // Started before each test.

    public async ValueTask InitializeAsync()
    {
        _issuer = await TokenIssuer.StartAsync();
        Use(clients: []);
    }

    public async ValueTask DisposeAsync()
    {
        _keys!.Dispose();
        _http.Dispose();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_the_issuer_for_us_is_good()
    {
        Assert.Null(await CheckAsync(Server.Sign(Claims())));
        Assert.Null(await CheckAsync(Server.Sign(new { iss = Issuer, aud = new[] { "x", Audience }, exp = Time(60), nbf = Time(0) })));
        Assert.Null(await CheckAsync(Server.Sign(Claims(audience: $"api://{Audience}"))));
    }

    [Fact]
    public async Task Keys_are_read_once_for_many_tokens()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(await CheckAsync(Server.Sign(Claims())));
        }

        Assert.Equal(1, Server.Reads);
    }

    [Fact]
    public async Task A_new_key_is_seen_at_once_and_an_unknown_one_does_not_make_us_ask_all_the_time()
    {
        Assert.Null(await CheckAsync(Server.Sign(Claims())));
        Server.AddKey("second");
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await CheckAsync(Server.Sign(Claims(), "second")));
        Assert.Equal(2, Server.Reads);

        var unknown = Server.Sign(Claims(), header: """{"alg":"RS256","kid":"no such"}""");
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(await CheckAsync(unknown));
        }

        Assert.Equal(2, Server.Reads);
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await CheckAsync(unknown));
        Assert.Equal(3, Server.Reads);
    }

    [Fact]
    public async Task A_key_that_was_withdrawn_is_not_taken_after_the_keys_were_read_again()
    {
        Server.AddKey("second");
        var old = Server.Sign(Claims(lifetime: 10_000_000));
        Assert.Null(await CheckAsync(old));
        Server.RemoveKey("first");
        _clock.Advance(TimeSpan.FromHours(25));
        Assert.NotNull(await CheckAsync(old));
    }

    [Fact]
    public async Task While_the_issuer_is_down_known_keys_stay_in_use()
    {
        var token = Server.Sign(Claims(lifetime: 10_000_000));
        Assert.Null(await CheckAsync(token));
        Server.IsDown = true;
        _clock.Advance(TimeSpan.FromHours(25));
        Assert.Null(await CheckAsync(token));
    }

    [Fact]
    public async Task Time_is_checked_with_five_minutes_of_grace()
    {
        var token = Server.Sign(new { iss = Issuer, aud = Audience, exp = Time(60), nbf = Time(60) });
        Assert.Null(await CheckAsync(token));
        _clock.Advance(TimeSpan.FromSeconds(359));
        Assert.Null(await CheckAsync(token));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("expired", await CheckAsync(token), StringComparison.Ordinal);
        Assert.Contains("not valid yet", await CheckAsync(Server.Sign(new { iss = Issuer, aud = Audience, exp = Time(9000), nbf = Time(301) })), StringComparison.Ordinal);
        Assert.Contains("expired", await CheckAsync(Server.Sign(new { iss = Issuer, aud = Audience })), StringComparison.Ordinal);
        Assert.Contains("expired", await CheckAsync(Server.Sign(new { iss = Issuer, aud = Audience, exp = "soon" })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_issuer_audience_or_client_is_refused()
    {
        Assert.Contains("issuer", await CheckAsync(Server.Sign(Claims(issuer: "https://issuer.test/other/v2.0"))), StringComparison.Ordinal);
        Assert.Contains("audience", await CheckAsync(Server.Sign(Claims(audience: "other"))), StringComparison.Ordinal);
        Use([Client]);
        Assert.Null(await CheckAsync(Server.Sign(new { iss = Issuer, aud = Audience, exp = Time(60), azp = Client })));
        Assert.Null(await CheckAsync(Server.Sign(new { iss = Issuer, aud = Audience, exp = Time(60), appid = Client })));
        Assert.Contains("application", await CheckAsync(Server.Sign(Claims())), StringComparison.Ordinal);
        Assert.Contains("application", await CheckAsync(Server.Sign(new { iss = Issuer, aud = Audience, exp = Time(60), azp = "other" })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_signed_with_the_issuers_key_and_RS256_is_refused()
    {
        var good = Server.Sign(Claims());
        var parts = good.Split('.');
        string[] bad =
        [
            string.Empty, "x", "a.b", "a.b.c", $"{parts[0]}.{parts[1]}.", $".{parts[1]}.{parts[2]}",
            $"{TokenIssuer.Encode("{\"alg\":\"none\",\"kid\":\"first\"}"u8)}.{parts[1]}.{parts[2]}",
            $"{TokenIssuer.Encode("{\"alg\":\"none\",\"kid\":\"first\"}"u8)}.{parts[1]}.",
            Server.Sign(Claims(), header: """{"alg":"HS256","kid":"KID"}"""),
            Server.Sign(Claims(), header: """{"alg":"rs256","kid":"KID"}"""),
            Server.Sign(Claims(), header: """{"alg":"RS256"}"""),
            Server.Sign(Claims(), header: """{"alg":"RS256","kid":"KID","crit":["exp"]}"""),
            $"{parts[0]}.{parts[1]}.{parts[2][..^8]}AAAAAAAA",
            $"{parts[0]}.{parts[1]}.AAAA",
            $"{parts[0]}.{TokenIssuer.Encode("{\"iss\":1}"u8)}.{parts[2]}",
            $"{TokenIssuer.Encode("[]"u8)}.{parts[1]}.{parts[2]}",
            good + "." + parts[2],
            new string('a', 40_000),
        ];
        foreach (var token in bad)
        {
            Assert.NotNull(await CheckAsync(token));
        }

        Assert.Null(await CheckAsync(good));
    }

    [Fact]
    public async Task A_key_that_is_too_short_is_not_used()
    {
        Server.AddKey("short", bits: 1024);
        Assert.NotNull(await CheckAsync(Server.Sign(Claims(), "short")));
    }

    [Fact]
    public void A_guard_without_a_secret_and_an_issuer_cannot_be_made() =>
        Assert.Throws<ArgumentException>(() => new WebhookGuard(new SharedSecrets([]), null, NullLogger<WebhookGuard>.Instance));

    private object Claims(string issuer = Issuer, string audience = Audience, long lifetime = 3600) => new { iss = issuer, aud = audience, exp = Time(lifetime) };

    private long Time(long seconds) => _clock.GetUtcNow().ToUnixTimeSeconds() + seconds;

    private Task<string?> CheckAsync(string token) => _validator!.ValidateAsync(token, Token);

    private void Use(IReadOnlyList<string> clients)
    {
        _keys?.Dispose();
        var settings = new TokenSettings { MetadataAddress = Server.MetadataAddress, Issuers = [Issuer], Audiences = [Audience, $"api://{Audience}"], Clients = clients };
        _keys = new SigningKeys(settings, _http, _clock, NullLogger<SigningKeys>.Instance);
        _validator = new TokenValidator(settings, _keys, _clock);
    }
}
