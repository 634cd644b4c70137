using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>A hub to keep in step: the section <c>hub</c>.</summary>
public sealed record HubSettings
{
    /// <summary>Gets whom to be there, with what key. Secret.</summary>
    public required IotHubConnectionString Connection { get; init; }

    /// <summary>Gets where HTTPS goes, if not to the hub's name and port 443.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>Gets a PEM file with the authorities to trust in place of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>
    /// Gets the container that import jobs read from and write to: a SAS URI of Azure Storage with the rights rwdl, or a <c>file:</c> URI
    /// of a folder that the hub may use. <see langword="null"/> = no jobs. Secret.
    /// </summary>
    public Uri? JobContainer { get; init; }

    /// <summary>Makes a client of the service side; the caller disposes of it.</summary>
    /// <exception cref="IOException">The CA file cannot be read.</exception>
    public ServiceClient CreateService(TimeProvider timeProvider) => ServiceClient.Create(Connection, new ServiceClientOptions
    {
        Endpoint = Endpoint,
        TrustedRoots = CaFile is null ? null : ClientTrust.LoadPem(CaFile),
        TimeProvider = timeProvider,
    });

    /// <summary>Tells which hub this is, without its key.</summary>
    public override string ToString() => Connection.HostName;
}
