namespace Nave.Fleet.Simulation;

public sealed class DurationTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("30s", 30)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("1d", 86400)]
    [InlineData("-5m", -300)]
    [InlineData(" 1s ", 1)]
    public void A_number_with_a_unit_is_a_span(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var span));
        Assert.Equal(seconds, span.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 weeks")]
    [InlineData("1e3s")]
    [InlineData("99999999999d")]
    [InlineData("1s2")]
    public void Anything_else_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));
}
