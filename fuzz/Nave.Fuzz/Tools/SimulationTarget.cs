using System.Text;
using Nave.Fleet.Simulation;
using Nave.Fleet.Simulation.Files;

namespace Nave.Fuzz.Tools;

/// <summary>The file of a simulated fleet.</summary>
internal sealed class SimulationTarget() : FuzzTarget("simulation-yaml", Texts(
    "groups:\n- id: a-{000}\n  count: 3\n  interval: 2s\n  payload: {t: '{{random(1, 20)}}', n: 1.50}\n",
    "seed: 7\nfor: 10s\nconnectRate: 100/s\ngroups:\n- id: d1\n  rate: 2/s\n  payload: &p [1, {a: b}]\n  reported: {every: 1m, patch: {x: *p}}\n  methods: {reboot: {status: 200, payload: *p}}\n"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts(
        "groups:\n", "- ", "  count: 1000000\n", "count: 2147483647", "&a ", "*a", "*p", "[*p, *p]", "[&a [*a]]", "{", "}", "[", "]", "'{{", "}}'", "{{counter()}}", "{{sine(1, 2, 3s)}}", "!!binary ", "? ", ": ", "|\n", ">\n", "---\n", "%YAML 1.2\n",
        "\t", "99999999999999d", "-1", ".inf", "<<: ");

    /// <summary>YAML has an object for every token and node; a fleet has the set of its devices' ids, as many as the file says, at 64 bytes.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (512 << 10) + (4096L * length) + (200L * SimulationFile.MaxDevices);

    public override int Cost => 10;

    public override bool Execute(byte[] input)
    {
        try
        {
            SimulationFile.Parse(Encoding.UTF8.GetString(input), "f");
            return true;
        }
        catch (SimulationFileException e) when (e.Problems.Count > 0)
        {
            return false;
        }
    }
}
