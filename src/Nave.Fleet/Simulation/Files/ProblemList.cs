using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Simulation.Files;

/// <summary>Everything that is wrong with a file, so that all of it can be put right at once.</summary>
internal sealed class ProblemList(string file)
{
    private readonly List<(long Line, string Text)> _problems = [];

    public void Add(YamlNode node, string sentence) => Add(node.Start.Line, sentence);

    public void Add(long line, string sentence) => _problems.Add((line, $"{file}:{line}: {sentence}"));

    /// <exception cref="SimulationFileException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
        {
            throw new SimulationFileException([.. _problems.OrderBy(p => p.Line).Select(p => p.Text)]);
        }
    }
}
