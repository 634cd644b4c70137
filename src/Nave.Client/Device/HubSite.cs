namespace Nave.Client;

/// <summary>Another hub that knows the same device with the same credentials, such as the mirror of the first.</summary>
/// <param name="HostName">Its host name, which tokens and TLS name.</param>
public sealed record HubSite(string HostName)
{
    /// <summary>Gets where to connect, if not to the host name and the transport's port.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();
}
