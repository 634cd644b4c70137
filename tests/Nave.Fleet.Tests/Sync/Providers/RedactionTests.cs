using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class RedactionTests
{
    [Fact]
    public void Secrets_go_in_any_letter_case_and_the_longer_one_first() =>
        Assert.Equal("a *** b *** c", Redaction.Clean("a HUNTER2 b hunter2-and-more c", ["hunter2", "hunter2-and-more", string.Empty]));

    [Fact]
    public void What_looks_like_a_key_goes_though_nobody_named_it() =>
        Assert.Equal("invalid: ***", Redaction.Clean("invalid: 00112233445566778899aabbCCDDEEFF", []));

    [Fact]
    public void An_EUI_stays() => Assert.Equal("70B3D57ED0000001 is taken", Redaction.Clean("70B3D57ED0000001 is taken", []));

    [Fact]
    public void A_message_is_one_line_and_not_long()
    {
        var clean = Redaction.Clean("a\r\nb\u0007" + new string('x', 1000), []);

        Assert.StartsWith("a  b ", clean, StringComparison.Ordinal);
        Assert.InRange(clean.Length, 300, 301);
    }
}
