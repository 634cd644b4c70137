using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ThingsStack;

/// <summary>The Things Stack v3.</summary>
/// <param name="name">Its name, or its short one.</param>
internal sealed class ThingsStackProviderFactory(string name) : IProviderFactory
{
    public string Name => name;

    public Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings)
    {
        var read = ThingsStackSettings.Read(settings);
        return context => new ThingsStackProvider(read, HttpSettings.In(read.Transport, context), context);
    }
}
