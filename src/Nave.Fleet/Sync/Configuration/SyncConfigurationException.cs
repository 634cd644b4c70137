namespace Nave.Fleet.Sync.Configuration;

/// <summary>A configuration does not describe a sync. The message has one line a problem.</summary>
/// <param name="problems">The problems: <c>FILE:LINE: sentence</c>, or a sentence that names an environment variable.</param>
public sealed class SyncConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>Gets the problems.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
