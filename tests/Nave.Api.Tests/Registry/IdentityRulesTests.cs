namespace Nave.Api.Tests.Registry;

public sealed class IdentityRulesTests
{
    [Theory]
    [InlineData("d", true)]
    [InlineData("aZ09-:.+%_#*?!(),=@;$'", true)]
    [InlineData("$edgeAgent", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("é", false)]
    [InlineData("a\"b", false)]
    public void An_id_is_made_of_the_permitted_characters(string id, bool valid)
    {
        Assert.Equal(valid, IdentityRules.IsValidId(id));
        Assert.Equal(valid, IdentityRules.Check(new IdentityId(id)) is null);
        Assert.Equal(valid, IdentityRules.Check(new IdentityId("d", id)) is null);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void An_id_has_at_most_128_characters(int length, bool valid) =>
        Assert.Equal(valid, IdentityRules.Check(new IdentityId(new string('x', length))) is null);

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(32, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(4000, false)]
    public void A_key_has_16_to_64_bytes(int bytes, bool valid) =>
        Assert.Equal(valid, IdentityRules.CheckKey("primaryKey", Convert.ToBase64String(new byte[bytes])) is null);

    [Fact]
    public void A_bad_key_is_not_quoted()
    {
        var error = IdentityRules.Check(new DeviceIdentity
        {
            DeviceId = "d",
            Authentication = new DeviceAuthentication { SymmetricKey = new SymmetricKeys { PrimaryKey = "not*base64" } },
        });
        Assert.Equal(HubErrorCode.ArgumentInvalid, error!.Code);
        Assert.DoesNotContain("not*base64", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, 'a', true)]
    [InlineData(64, 'F', true)]
    [InlineData(39, 'a', false)]
    [InlineData(40, 'g', false)]
    public void A_thumbprint_has_40_or_64_hex_digits(int length, char digit, bool valid) =>
        Assert.Equal(valid, IdentityRules.CheckThumbprint("primaryThumbprint", new string(digit, length)) is null);

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("\"\"", null)]
    [InlineData("*", "*")]
    [InlineData("\"*\"", "*")]
    [InlineData("\"NTY1\"", "NTY1")]
    [InlineData("NTY1", "NTY1")]
    [InlineData("W/\"NTY1\"", "NTY1")]
    [InlineData(" \"AAAAAAAAAAE=\" ", "AAAAAAAAAAE=")]
    public void Every_spelling_of_If_Match_is_read(string? header, string? expected)
    {
        var condition = IfMatch.Parse(header);
        Assert.Equal(expected, condition.Value);
        Assert.Equal(expected is null, condition.IsAbsent);
        Assert.Equal(expected == "*", condition.IsAny);
        Assert.Equal(expected is null or "*" or "NTY1", condition.Matches("NTY1"));
    }
}
