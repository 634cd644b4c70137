namespace Nave.Fleet.Sync.Configuration;

/// <summary>What is wrong with a configuration, and what is worth saying about one that is right.</summary>
internal sealed class ConfigurationProblems(string? file)
{
    private readonly List<(long Line, Func<string> Text)> _problems = [];
    private readonly List<string> _notes = [];

    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Adds a problem.</summary>
    /// <param name="line">The line of the file, from 1; 0 = it is nowhere in a file.</param>
    /// <param name="sentence">What is wrong.</param>
    public void Add(long line, string sentence) => Add(line, () => sentence);

    /// <summary>Adds a problem whose words depend on what is asked for later.</summary>
    /// <param name="line">As above.</param>
    /// <param name="sentence">Makes what is wrong, when everything was read.</param>
    public void Add(long line, Func<string> sentence) =>
        _problems.Add((line, () => file is null || line == 0 ? sentence() : $"{file}:{line}: {sentence()}"));

    public void Note(string sentence) => _notes.Add(sentence);

    /// <exception cref="SyncConfigurationException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
        {
            throw new SyncConfigurationException([.. _problems.OrderBy(p => p.Line).Select(p => p.Text())]);
        }
    }
}
