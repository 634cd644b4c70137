using System.Text;
using Nave.Fleet.Simulation;
using Nave.Fleet.Simulation.Files;

namespace Nave.Fleet.Tests.Simulation;

public sealed class MalformedFileTests
{
    [Theory]
    [InlineData("groups:\n- id: d1\n  payload: &a [*a]\n", "alias")]
    [InlineData("groups:\n- id: d1\n  payload: &a {x: {y: *a}}\n", "alias")]
    [InlineData("groups:\n- id: d1\n  payload: {a: b, +c: [*d, *d]}\n", "YAML")]
    public void A_file_that_goes_round_in_circles_is_refused(string yaml, string word)
    {
        var error = Assert.Throws<SimulationFileException>(() => SimulationFile.Parse(yaml, "f.yaml"));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_nested_too_deep_for_a_stack_is_refused() =>
        Assert.Contains("64", Assert.Throws<SimulationFileException>(() => SimulationFile.Parse(new string('[', 100_000), "f.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void Aliases_that_multiply_are_refused_before_they_do()
    {
        var yaml = new StringBuilder("x0: &x0 [1, 2]\n");
        for (var i = 1; i < 40; i++)
        {
            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"x{i}: &x{i} [*x{i - 1}, *x{i - 1}]\n");
        }

        Assert.Contains("aliases", Assert.Throws<SimulationFileException>(() => SimulationFile.Parse(yaml.ToString(), "f.yaml")).Message, StringComparison.Ordinal);
    }
}
