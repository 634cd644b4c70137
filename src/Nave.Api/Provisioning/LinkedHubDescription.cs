namespace Nave.Api;

/// <summary>A hub that devices can be assigned to: <c>/nave/linked-hubs</c> on the provisioning host.</summary>
public sealed record LinkedHubDescription
{
    /// <summary>Gets its host name; <see langword="null"/> in a request that leaves it to the path.</summary>
    public string? HostName { get; init; }

    /// <summary>Gets how often it is chosen in relation to others: 1 to 1000; <see langword="null"/> in a request = 1.</summary>
    public int? AllocationWeight { get; init; }

    /// <summary>Gets a value indicating whether it runs in the provisioning service's own process.</summary>
    public bool? IsLocal { get; init; }

    /// <summary>
    /// Gets the service connection string of a remote hub, with the rights RegistryRead, RegistryWrite and ServiceConnect; in requests only. Secret.
    /// </summary>
    public string? ConnectionString { get; init; }

    /// <summary>Returns the type's name: a connection string never reaches a log.</summary>
    public override string ToString() => nameof(LinkedHubDescription);
}
