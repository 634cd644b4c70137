using Nave.Fleet.Sync.Providers.Actility;
using Nave.Fleet.Sync.Providers.ChirpStack;
using Nave.Fleet.Sync.Providers.Files;
using Nave.Fleet.Sync.Providers.Hubs;
using Nave.Fleet.Sync.Providers.ThingsStack;

namespace Nave.Fleet.Sync.Providers;

/// <summary>The kinds of registries that a configuration may name.</summary>
public sealed class ProviderCatalog
{
    private readonly Dictionary<string, IProviderFactory> _factories;

    /// <summary>Initializes the catalog.</summary>
    public ProviderCatalog(params IReadOnlyCollection<IProviderFactory> factories) =>
        _factories = factories.ToDictionary(factory => factory.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the kinds that Nave has.</summary>
    public static ProviderCatalog Default { get; } = new(
        new ActilityProviderFactory(),
        new ChirpStackProviderFactory(),
        new ThingsStackProviderFactory("thethingsstack"),
        new ThingsStackProviderFactory("tts"),
        new HubProviderFactory(),
        new FileProviderFactory());

    /// <summary>Gets the names, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _factories.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Finds a kind by name, in any letter case.</summary>
    public IProviderFactory? Find(string name) => _factories.GetValueOrDefault(name);
}
