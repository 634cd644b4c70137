using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.Actility;

/// <summary>Actility ThingPark.</summary>
internal sealed class ActilityProviderFactory : IProviderFactory
{
    public string Name => "actility";

    public Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings)
    {
        var read = ActilitySettings.Read(settings);
        return context => new ActilityProvider(read, HttpSettings.In(read.Transport, context), context);
    }
}
