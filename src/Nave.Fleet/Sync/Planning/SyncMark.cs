namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// The tag <c>nave.sync</c> of a hub device: which sync brought it there or took it over. Only such devices are ever overwritten or deleted
/// by that sync.
/// </summary>
/// <param name="Name">The name of the sync.</param>
/// <param name="Provider">The name of its provider.</param>
/// <param name="Key">The key of the external device.</param>
/// <param name="Fields">The names of the tags that the sync wrote: those it may remove again. In ordinal order.</param>
internal sealed record SyncMark(string Name, string Provider, string Key, IReadOnlyList<string> Fields)
{
    /// <summary>The name of the topmost tag, which belongs to Nave.</summary>
    public const string Tag = "nave";

    /// <summary>The name below it.</summary>
    public const string Member = "sync";

    public bool Equals(SyncMark? other) => other is not null
        && Name == other.Name && Provider == other.Provider && Key == other.Key && Fields.SequenceEqual(other.Fields, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Name, Provider, Key, Fields.Count);
}
