namespace Nave.Fleet.Simulation;

/// <summary>A simulation file does not describe a fleet. The message has one line a problem, each with its line number.</summary>
/// <param name="problems">The problems, each <c>FILE:LINE: sentence</c>.</param>
public sealed class SimulationFileException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>Gets the problems, each <c>FILE:LINE: sentence</c>.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
