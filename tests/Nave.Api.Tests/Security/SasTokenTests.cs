using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Nave.Api.Tests.Security;

public sealed class SasTokenTests
{
    private static readonly byte[] s_key = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");
    private static readonly DateTimeOffset s_expiry = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Theory]
    [InlineData("sr={sr}&sig={sig}&se={se}")]
    [InlineData("sr={sr}&sig={sig}&skn=&se={se}")]
    [InlineData("sig={sig}&se={se}&skn=&sr={sr}")]
    [InlineData("SharedAccessSignature sr={sr}&sig={sig}&se={se}")]
    [InlineData("sharedaccesssignature  se={se}&sr={sr}&sig={sig}&later=1")]
    public void Fields_come_in_any_order_and_an_empty_policy_name_is_none(string form)
    {
        var fields = Fields(SasToken.Create("hub.test/devices/dev1", s_key, s_expiry));
        Assert.True(SasToken.TryParse(Fill(form, fields["sr"], fields["sig"], fields["se"]), out var token));
        Assert.Null(token.KeyName);
        Assert.Equal(s_expiry, token.Expires);
        Assert.Equal("hub.test", token.Host);
        Assert.True(token.Verify(s_key));
        Assert.True(token.Covers("hub.test", "devices/dev1"));
    }

    [Fact]
    public void Event_hubs_clients_sign_with_the_text_of_a_key()
    {
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String(s_key));
        Assert.True(SasToken.TryParse(SasToken.Create("sb://hub.test/hub", text, s_expiry, "service"), out var token));
        Assert.True(token.VerifyWithText(s_key));
        Assert.False(token.Verify(s_key));
        Assert.False(token.VerifyWithText(s_key.AsSpan(1)));
        Assert.True(SasToken.TryParse(SasToken.Create("hub.test", s_key, s_expiry, "service"), out var other));
        Assert.False(other.VerifyWithText(s_key));
    }

    [Theory]
    [InlineData("hub.test%2Fdevices%2Fdev1")]
    [InlineData("hub.test%2fdevices%2fdev1")]
    [InlineData("hub.test/devices/dev1")]
    [InlineData("HUB.test/Devices/dev1")]
    [InlineData("https://hub.test/devices/dev1")]
    [InlineData("hub.test:443/devices/dev1")]
    [InlineData("hub.test/devices/dev1/api-version=2016-11-14")]
    public void The_signature_is_over_the_resource_as_it_stands(string sr)
    {
        var sig = Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(s_key, Encoding.UTF8.GetBytes(sr + "\n1800000000")));
        Assert.True(SasToken.TryParse($"SharedAccessSignature sr={sr}&sig={Uri.EscapeDataString(sig)}&se=1800000000", out var token));
        Assert.True(token.Verify(s_key));
        Assert.True(token.Covers("hub.TEST", "devices/dev1"));
        Assert.True(token.Covers("hub.test", "devices/dev1/modules/m"));
        Assert.False(token.Covers("hub.test", "devices/dev12"));
        Assert.False(token.Covers("hub.test", "devices/DEV1"));
        Assert.False(token.Covers("hub.test", "devices"));
        Assert.False(token.Covers("other.test", "devices/dev1"));
    }

    [Fact]
    public void The_signature_is_unescaped_leniently()
    {
        // Upper-case escapes, lower-case escapes (C), and a slash and plus left as they are (Python).
        var token = SasToken.Create("h/devices/d", s_key, s_expiry);
        for (var expiry = s_expiry; !token.Contains("%2B", StringComparison.Ordinal) || !Fields(token)["sig"].Contains("%2F", StringComparison.Ordinal); expiry = expiry.AddSeconds(1))
        {
            token = SasToken.Create("h/devices/d", s_key, expiry);
        }

        var fields = Fields(token);
        foreach (var sig in (string[])[fields["sig"], fields["sig"].Replace("%2B", "%2b", StringComparison.Ordinal).Replace("%3D", "%3d", StringComparison.Ordinal), Uri.UnescapeDataString(fields["sig"])])
        {
            Assert.True(SasToken.TryParse(Fill("sr={sr}&sig={sig}&se={se}", fields["sr"], sig, fields["se"]), out var parsed));
            Assert.True(parsed.Verify(s_key));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SharedAccessSignature ")]
    [InlineData("sr=h&sig=AAAA&se=1")]
    [InlineData("sr=h&se=1")]
    [InlineData("sr=h&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D")]
    [InlineData("sr=h&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=x")]
    [InlineData("sr=h&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=-1")]
    [InlineData("sr=h&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=99999999999999999999")]
    [InlineData("sr=h&sr=i&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=1")]
    [InlineData("sr=&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=1")]
    [InlineData("Bearer abc")]
    public void What_is_not_a_token_is_refused(string? text) => Assert.False(SasToken.TryParse(text, out _));

    [Fact]
    public void A_time_in_milliseconds_is_the_end_of_time()
    {
        Assert.True(SasToken.TryParse("sr=h&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=1800000000000&skn=iothubowner", out var token));
        Assert.Equal(9999, token.Expires.Year);
        Assert.Equal("iothubowner", token.KeyName);
        Assert.True(token.Covers("h", ""));
        Assert.True(token.Covers("h", "twins/x/methods"));
    }

    [Fact]
    public void Another_key_or_a_changed_field_fails()
    {
        var text = SasToken.Create("h/devices/d", s_key, s_expiry, "policy");
        Assert.True(SasToken.TryParse(text, out var token));
        Assert.False(token.Verify(Encoding.ASCII.GetBytes("another key of 16 b")));
        Assert.True(SasToken.TryParse(text.Replace("se=1800000000", "se=1800000001", StringComparison.Ordinal), out var later));
        Assert.False(later.Verify(s_key));
        Assert.True(SasToken.TryParse(text.Replace("devices%2Fd", "devices%2Fe", StringComparison.Ordinal), out var other));
        Assert.False(other.Verify(s_key));
    }

    [Fact]
    public void An_id_with_special_characters_is_covered_by_what_the_SDKs_make()
    {
        var id = new IdentityId("dev 50%#?", "m:1");
        Assert.True(SasToken.TryParse(SasToken.Create(SasToken.ResourceOf("hub.test", id), s_key, s_expiry), out var token));
        Assert.True(token.Covers("hub.test", "devices/dev 50%#?/modules/m:1"));
    }

    [Fact]
    public void A_derived_key_is_the_documented_one() => Assert.Equal(
        "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=",
        Convert.ToBase64String(SasToken.DeriveKey(
            Convert.FromBase64String("8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw=="),
            "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6")));

    [Fact]
    public void The_text_form_has_no_signature()
    {
        var text = SasToken.Create("h/devices/d", s_key, s_expiry, "p");
        Assert.True(SasToken.TryParse(text, out var token));
        Assert.DoesNotContain(Fields(text)["sig"], token.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_made_is_verified() => Prop.ForAll<NonEmptyArray<byte>, PositiveInt>((key, seconds) =>
        SasToken.TryParse(SasToken.Create("hub/devices/x", key.Get, DateTimeOffset.FromUnixTimeSeconds(seconds.Get), "n&=m"), out var token)
        && token.Verify(key.Get) && token.KeyName == "n&=m" && token.Expires.ToUnixTimeSeconds() == seconds.Get).QuickCheckThrowOnFailure();

    private static Dictionary<string, string> Fields(string token) => token["SharedAccessSignature ".Length..]
        .Split('&').Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => f[1]);

    private static string Fill(string form, string sr, string sig, string se) => form
        .Replace("{sr}", sr, StringComparison.Ordinal).Replace("{sig}", sig, StringComparison.Ordinal).Replace("{se}", se, StringComparison.Ordinal);
}
