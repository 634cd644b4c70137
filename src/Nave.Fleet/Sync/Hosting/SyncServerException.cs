namespace Nave.Fleet.Sync.Hosting;

/// <summary>A configuration cannot be served. The message has one line a problem.</summary>
/// <param name="problems">The problems.</param>
public sealed class SyncServerException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>Gets the problems.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
