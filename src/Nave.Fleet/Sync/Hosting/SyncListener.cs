using System.Net;
using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Where a serving process listens, checked.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 = any free one.</param>
/// <param name="IsTls">Whether it is https.</param>
internal sealed record SyncListener(IPAddress Address, int Port, bool IsTls)
{
    /// <summary>Reads the configuration's.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="problems">Told of what is wrong.</param>
    public static SyncListener Of(SyncConfiguration configuration, List<string> problems)
    {
        var listen = configuration.Listen;
        var isTls = listen.Scheme == Uri.UriSchemeHttps;
        var isLocal = listen.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        var address = IPAddress.Loopback;
        if (!isLocal && !IPAddress.TryParse(listen.Host.Trim('[', ']'), out address!))
        {
            problems.Add($"'listen' is at '{listen.Host}'; localhost or an IP address is permitted, such as 0.0.0.0 for all.");
            return new SyncListener(IPAddress.Loopback, listen.Port, isTls);
        }

        if (isTls && configuration.Serve.Certificate is null)
        {
            problems.Add("'listen' is https; then 'serve.certificate' is needed, a PEM file.");
        }

        if (!isTls && !IPAddress.IsLoopback(address) && !configuration.Serve.BehindProxy)
        {
            problems.Add(
                $"'listen' is http at {address}: keys could be read on the way. Permitted are https, http at localhost, and http with 'serve.behindProxy: true' for a proxy that ends TLS.");
        }

        return new SyncListener(address, listen.Port, isTls);
    }
}
