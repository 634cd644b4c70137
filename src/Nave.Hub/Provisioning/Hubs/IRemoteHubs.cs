using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>Reaches hubs elsewhere, of Nave or Azure.</summary>
public interface IRemoteHubs
{
    /// <summary>Makes the way to a hub; nothing is sent yet.</summary>
    /// <param name="connectionString">A service connection string with a policy and its key.</param>
    ILinkedHub Open(IotHubConnectionString connectionString);
}
