using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>Which of a drill's hubs stand by, as they were found.</summary>
internal sealed class HubStates(HubRegistry[] registries)
{
    private readonly List<(HubRegistry Hub, bool Standby)> _found = [];

    /// <exception cref="RecoveryException">The primary hub is not the active one.</exception>
    public async Task NoteAsync(CancellationToken cancellationToken)
    {
        if (registries[0].HostName.Equals(registries[1].HostName, StringComparison.OrdinalIgnoreCase))
        {
            throw new RecoveryException($"Primary and secondary are the same hub, '{registries[0].HostName}'.");
        }

        foreach (var hub in registries.Where(hub => hub.IsNave))
        {
            _found.Add((hub, await hub.Client.GetStandbyAsync(cancellationToken).ConfigureAwait(false)));
        }

        if (registries[0].IsNave && _found[0].Standby)
        {
            throw new RecoveryException($"The primary hub '{registries[0].HostName}' stands by: it is not the active one. Exchange the two in the drill's file.");
        }
    }

    /// <summary>Makes them what they were.</summary>
    public async Task RestoreAsync(Action<string> say, CancellationToken cancellationToken)
    {
        foreach (var (hub, standby) in _found)
        {
            try
            {
                await hub.Client.SetStandbyAsync(standby, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HubException or HttpRequestException or TimeoutException or OperationCanceledException or IOException)
            {
                say($"'{hub.HostName}' could not be made what it was before ({(standby ? "standing by" : "active")}): {e.Message} Do: nave hub standby {(standby ? "on" : "off")}");
            }
        }
    }
}
