namespace Nave.Amqp.Tests;

public sealed class AmqpSaslPlainTests
{
    [Fact]
    public void User_and_password_come_back_as_they_were_given()
    {
        Assert.True(AmqpSaslPlain.TryParse(AmqpSaslPlain.Encode("p@sas.root.hub", "SharedAccessSignature sr=ü"), out var user, out var password));
        Assert.Equal(("p@sas.root.hub", "SharedAccessSignature sr=ü"), (user, password));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user")]
    [InlineData("\0user")]
    [InlineData("\0user\0pass\0more")]
    public void What_is_no_message_of_PLAIN_is_refused(string text) =>
        Assert.False(AmqpSaslPlain.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _, out _));
}
