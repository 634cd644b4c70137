using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Providers;

/// <summary>A kind of registry, by its name in the configuration. A new one is a line in <see cref="ProviderCatalog"/>.</summary>
public interface IProviderFactory
{
    /// <summary>Gets the name, lower case; found in any letter case.</summary>
    string Name { get; }

    /// <summary>
    /// Reads and checks the provider's own keys, all of them, and reports every problem to the section; connects to nothing.
    /// </summary>
    /// <param name="settings">The section <c>provider</c> of the file, or an empty one, with the environment behind it.</param>
    /// <returns>What makes the provider. It is not used when a problem was reported.</returns>
    Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings);
}
