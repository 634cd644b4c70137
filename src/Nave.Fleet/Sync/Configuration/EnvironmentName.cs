namespace Nave.Fleet.Sync.Configuration;

/// <summary>An environment variable that stands for an entry of the file: a name that an earlier synchronizer was deployed with.</summary>
/// <param name="Name">Its exact name.</param>
public readonly record struct EnvironmentName(string Name)
{
    /// <summary>Gets what its whole number counts, for spans of time.</summary>
    public TimeSpan Unit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Makes one that counts seconds, or none that counts.</summary>
    public static implicit operator EnvironmentName(string name) => new(name);

    /// <summary>Makes one that counts seconds, or none that counts.</summary>
    public static EnvironmentName FromString(string name) => new(name);

    /// <summary>Makes one that counts minutes.</summary>
    public static EnvironmentName Minutes(string name) => new(name) { Unit = TimeSpan.FromMinutes(1) };
}
