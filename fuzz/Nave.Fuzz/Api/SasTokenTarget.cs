using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>Shared access signatures.</summary>
internal sealed class SasTokenTarget() : FuzzTarget("sas-token", Texts(
    SasToken.Create("hub.test/devices/dev1", s_key, s_expiry),
    SasToken.Create("hub.test", s_key, s_expiry, "iothubowner"),
    "sharedaccesssignature  se=1800000000&sr=https://hub.test:443/Devices/dev%25201/api-version=2016-11-14&sig=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=&later=1"))
{
    private static readonly byte[] s_key = "0123456789abcdef0123456789abcdef"u8.ToArray();
    private static readonly DateTimeOffset s_expiry = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    public override IReadOnlyList<byte[]> Words { get; } =
        Texts("sr=", "&sig=", "&se=", "&skn=", "&", "=", "%", "%25", "%2F", "/", "//", "://", ":", "99999999999999999999", "-1", "SharedAccessSignature ");

    public override bool Execute(byte[] input)
    {
        if (!SasToken.TryParse(TextOf(input), out var token))
        {
            return false;
        }

        token.Covers("hub.test", "devices/dev1/modules/m");
        token.Verify(s_key);
        return token.ToString().Length > 0 && token.Host.Length <= input.Length;
    }

    // The mutations of a token prove its keys only as far as its scope, time and signature are untouched.
    public override void Verify(byte[] input)
    {
        if (!SasToken.TryParse(TextOf(input), out var token))
        {
            throw new InvalidOperationException("A token is read once only.");
        }

        Check(!token.Verify("another key than that of the seeds"u8), "another key does not prove it");
        Check(!token.Covers("other.test", string.Empty) || token.Host == "other.test", "another hub is not covered");
    }
}
