namespace Nave.Fleet.Settings;

/// <summary>A configuration file cannot be used. The message has one line a problem, each with its line number; values of secrets are not in it.</summary>
/// <param name="problems">The problems, each <c>FILE:LINE: sentence</c>.</param>
public sealed class ConfigurationFileException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>Gets the problems, each <c>FILE:LINE: sentence</c>.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
