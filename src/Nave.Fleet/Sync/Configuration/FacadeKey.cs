namespace Nave.Fleet.Sync.Configuration;

/// <summary>A caller of the façade.</summary>
/// <param name="Name">Its name, for logs.</param>
/// <param name="Key">What it proves itself with. Secret.</param>
/// <param name="Hubs">The names of the hubs it may use; empty = the default hub only.</param>
public sealed record FacadeKey(string Name, string Key, IReadOnlyList<string> Hubs)
{
    /// <summary>Gets the name only.</summary>
    public override string ToString() => Name;
}
