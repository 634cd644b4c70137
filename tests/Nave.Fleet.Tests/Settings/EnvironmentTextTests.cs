using Nave.Fleet.Settings;

namespace Nave.Fleet.Tests.Settings;

public sealed class EnvironmentTextTests
{
    [Theory]
    [InlineData("plain $ text { }", "plain $ text { }")]
    [InlineData("${A}", "one")]
    [InlineData("x${A}y${B}z", "xoneytwo;three=}z")]
    [InlineData("${NONE:-else where}", "else where")]
    [InlineData("${EMPTY:-x}", "x")]
    [InlineData("${EMPTY}", "")]
    [InlineData("$${A} ${A}", "${A} one")]
    [InlineData("${NESTED}", "${A}")]
    public void Variables_stand_for_their_values(string text, string expected)
    {
        Assert.True(EnvironmentText.TryExpand(text, Get, out var expanded, out var problem), problem);
        Assert.Equal(expected, expanded);
    }

    [Theory]
    [InlineData("${NONE}", "NONE, which is not set")]
    [InlineData("a${A", "without '}'")]
    [InlineData("${}", "variable ''")]
    [InlineData("${1A}", "variable '1A'")]
    public void What_cannot_be_expanded_is_told(string text, string part)
    {
        Assert.False(EnvironmentText.TryExpand(text, Get, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_gets_values_from_the_environment_and_reports_every_problem_with_its_line()
    {
        var read = ConfigurationFile.Parse("hub:\n  key: ${A}\n", "f.yaml", Get, root =>
        {
            var hub = root.Section("hub")!; // It is in the text.
            var key = hub.Text("key");
            hub.Close();
            return key;
        });
        Assert.Equal("one", read);
        var e = Assert.Throws<ConfigurationFileException>(() => ConfigurationFile.Parse("a: ${NONE}\nb: ${x", "f.yaml", Get, _ => 0));
        Assert.Equal(2, e.Problems.Count);
        Assert.StartsWith("f.yaml:1: ", e.Problems[0], StringComparison.Ordinal);
        e = Assert.Throws<ConfigurationFileException>(() => ConfigurationFile.Parse("a: 1", "f.yaml", Get, _ => 0));
        Assert.Contains("'a' is not known", e.Message, StringComparison.Ordinal);
    }

    private static string? Get(string name) => name switch
    {
        "A" => "one",
        "B" => "two;three=}",
        "EMPTY" => "",
        "NESTED" => "${A}",
        _ => null,
    };
}
