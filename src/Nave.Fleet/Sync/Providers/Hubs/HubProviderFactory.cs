using Nave.Client;
using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Providers.Hubs;

/// <summary>Another IoT hub.</summary>
internal sealed class HubProviderFactory : IProviderFactory
{
    public string Name => "hub";

    public Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings)
    {
        var read = HubProviderSettings.Read(settings);
        return context =>
        {
            try
            {
                var service = ServiceClient.Create(read.Connection, new ServiceClientOptions
                {
                    Endpoint = read.Endpoint,
                    TrustedRoots = read.CaFile is { } file ? ClientTrust.LoadPem(Path.Combine(context.BaseFolder, file)) : null,
                    TimeProvider = context.TimeProvider,
                });
                return new HubProvider(service, read);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or System.Security.Cryptography.CryptographicException)
            {
                throw new ProviderException(ProviderFailure.Permanent, $"The authorities to trust cannot be read from {read.CaFile}. {e.Message}", null, e);
            }
        };
    }
}
