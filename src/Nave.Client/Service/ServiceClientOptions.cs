using System.Security.Cryptography.X509Certificates;

namespace Nave.Client;

/// <summary>How a service client connects and retries.</summary>
public sealed record ServiceClientOptions
{
    /// <summary>Gets where to connect, if not to the hub's own name and port 443.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>Gets the authorities to trust in place of the system's; see <see cref="ClientTrust.LoadPem"/>.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Gets how long one attempt may take; a method call has its own time-outs beside. Origin of 100 s: HttpClient's default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Gets how often a call that may be repeated is repeated.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>Gets the first delay before a repetition, if the hub does not name one.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets the longest delay before a repetition.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how long a token is made for; it is renewed after 85 % of it. Origin of 1 h: all SDKs.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets what spreads delays.</summary>
    public Random Random { get; init; } = Random.Shared;
}
