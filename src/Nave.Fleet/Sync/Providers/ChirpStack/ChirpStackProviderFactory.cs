using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ChirpStack;

/// <summary>ChirpStack v4.</summary>
internal sealed class ChirpStackProviderFactory : IProviderFactory
{
    public string Name => "chirpstack";

    public Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings)
    {
        var read = ChirpStackSettings.Read(settings);
        return context => new ChirpStackProvider(read, HttpSettings.In(read.Transport, context), context);
    }
}
