using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Nave.Fleet.Simulation.Files;
using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

public sealed partial class SimulationFileTests
{
    [Fact]
    public void A_file_describes_a_fleet()
    {
        var definition = SimulationFile.Parse(
            """
            seed: 42
            for: 1m
            connectRate: 50/s
            createMissing: false
            groups:
              - name: pump
                count: 20
                first: 5
                id: pump-{000}
                rate: 6/m
                jitter: 25%
                contentType: application/json
                tags: { site: berlin, floor: 3 }
                properties: { level: "{{choice(low, high)}}" }
                payload:
                  pressure: "{{round(sine(4, 1, 10s, 0), 2)}}"
                  unit: bar
                  limits: [1, 2.50, true, null]
                  code: "007"
                reported: { every: 30s, patch: { firmware: 1.2.3 } }
                methods:
                  reboot: { status: 202, after: 2s, payload: { ok: true } }
                faults:
                  - { kind: drop, every: 1m }
                  - { kind: stop, every: 5m, for: 20s, share: 10% }
                  - { kind: late, probability: 0.5, by: 3s }
                  - { kind: clockSkew, by: -90s }
            """,
            "fleet.yaml");

        Assert.Equal((42, TimeSpan.FromMinutes(1), 50.0, false, 20), (definition.Seed, definition.For, definition.ConnectRate, definition.CreateMissing, definition.DeviceCount));
        var group = Assert.Single(definition.Groups);
        Assert.Equal(("pump-005", "pump-1234"), (group.Id.For(group.First), group.Id.For(1234)));
        Assert.Equal((TimeSpan.FromSeconds(10), 0.25), (group.Interval, group.Jitter));
        Assert.Equal("""{"site":"berlin","floor":3}""", group.Tags.ToString());
        Assert.Equal("""{"pressure":4,"unit":"bar","limits":[1,2.50,true,null],"code":"007"}""", Fill(group.Payload));
        Assert.Equal("""{"firmware":"1.2.3"}""", Fill(group.Reported!.Patch));
        Assert.Equal((202, TimeSpan.FromSeconds(2)), (group.Methods["reboot"].Status, group.Methods["reboot"].After));
        Assert.Equal([FaultKind.Drop, FaultKind.Stop, FaultKind.Late, FaultKind.ClockSkew], group.Faults.Select(fault => fault.Kind));
        Assert.Equal((0.1, TimeSpan.FromSeconds(-90)), (group.Faults[1].Share, group.Faults[3].By));
    }

    [Fact]
    public void Every_problem_is_reported_with_its_line()
    {
        var e = Assert.Throws<SimulationFileException>(() => SimulationFile.Parse(
            """
            seed: many
            gruops: []
            groups:
              - name: pump
                count: 0
                rate: 5/w
                payload:
                  x: "{{sine(1)}}"
                faults:
                  - { kind: explode }
                  - { kind: stop, every: 1m }
            """,
            "fleet.yaml"));
        Assert.Equal(
            ["fleet.yaml:1", "fleet.yaml:2", "fleet.yaml:5", "fleet.yaml:6", "fleet.yaml:8", "fleet.yaml:10", "fleet.yaml:11"],
            e.Problems.Select(problem => problem[..problem.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.Contains("'seed' is 'many'", e.Problems[0], StringComparison.Ordinal);
        Assert.Contains("'gruops' is not known", e.Problems[1], StringComparison.Ordinal);
        Assert.Contains("permitted are drop, stop, duplicate, late, badPayload, clockSkew", e.Problems[5], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, "'groups' is needed")]
    [InlineData("groups:\n  - count: 2\n    payload:\n      t: {{counter()}}\n", 4, "needs quotes")]
    [InlineData("groups:\n  - count: 2\n    id: pump\n", 3, "zeros in braces are needed")]
    [InlineData("groups:\n  - id: pu mp\n", 2, "U+0020")]
    [InlineData("groups:\n  - { count: 3, id: \"p-{0}\" }\n  - { count: 1, id: p-2 }\n", 2, "'p-2' twice")]
    [InlineData("groups:\n  - count: 2\n   id: [\n", 3, "not YAML")]
    [InlineData("groups:\n  - interval: 1s\n    rate: 2\n", 3, "say the same")]
    [InlineData("groups:\n  - reported: { patch: { a: 1 } }\n", 2, "are needed")]
    [InlineData("- 1\n", 1, "no mapping")]
    public void A_problem_names_its_line(string yaml, int line, string reason)
    {
        var e = Assert.Throws<SimulationFileException>(() => SimulationFile.Parse(yaml, "f.yaml"));
        Assert.Contains(e.Problems, problem => problem.StartsWith($"f.yaml:{line}: ", StringComparison.Ordinal) && problem.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_example_of_the_documentation_is_read()
    {
        var folder = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "..", "docs");
        var examples = YamlBlock().Matches(File.ReadAllText(Path.Combine(folder, "simulator.md")));
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.NotEmpty(SimulationFile.Parse(example.Groups[1].Value, "simulator.md").Groups));
    }

    private static string Fill(PayloadTemplate payload) =>
        Encoding.UTF8.GetString(payload.Evaluate(new TemplateContext("d", 0, new Random(1)) { Now = DateTimeOffset.UnixEpoch }));

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex YamlBlock();
}
