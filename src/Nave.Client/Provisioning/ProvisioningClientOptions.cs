using System.Security.Cryptography.X509Certificates;

namespace Nave.Client;

/// <summary>How a device is provisioned.</summary>
public sealed record ProvisioningClientOptions
{
    /// <summary>Gets how to reach the service.</summary>
    public ProvisioningTransport Transport { get; init; } = ProvisioningTransport.Mqtt;

    /// <summary>Gets where to connect, if not to the service's own name and port.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>Gets the authorities to trust in place of the system's; see <see cref="ClientTrust.LoadPem"/>.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Gets how long everything may take, waiting for the assignment included. Origin of 2 min: an allocation webhook has a few seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how long to wait before asking again, if the service does not say. Origin of 2 s: all SDKs.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how long a token is made for. Origin of 1 h: all SDKs.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
