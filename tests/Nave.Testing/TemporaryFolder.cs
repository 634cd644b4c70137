namespace Nave.Testing;

/// <summary>A folder for one test; disposing it removes all it holds.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Gets its full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("nave-test-").FullName;

    /// <summary>Makes the full path of a name inside.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
