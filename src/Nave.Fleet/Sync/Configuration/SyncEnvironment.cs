using System.Collections;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>The environment that a configuration is read in.</summary>
/// <param name="Get">Gets a variable by its exact name, or <see langword="null"/>.</param>
/// <param name="Names">Gets the names of all variables.</param>
public sealed record SyncEnvironment(Func<string, string?> Get, Func<IEnumerable<string>> Names)
{
    /// <summary>Gets this process's environment.</summary>
    public static SyncEnvironment Process { get; } = new(
        System.Environment.GetEnvironmentVariable,
        () => System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key));

    /// <summary>Makes one of given variables.</summary>
    public static SyncEnvironment Of(IReadOnlyDictionary<string, string> variables) => new(name => variables.GetValueOrDefault(name), () => variables.Keys);
}
