namespace Nave.Hub.Provisioning;

/// <summary>A hub that devices are assigned to, with how often.</summary>
/// <param name="Hub">The hub.</param>
/// <param name="Weight">1 to 1000, in relation to others.</param>
/// <param name="IsLocal">Whether it runs in this process.</param>
internal sealed record LinkedHub(ILinkedHub Hub, int Weight, bool IsLocal)
{
    public string HostName => Hub.HostName;
}
