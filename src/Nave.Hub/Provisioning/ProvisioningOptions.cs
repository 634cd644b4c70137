namespace Nave.Hub.Provisioning;

/// <summary>How the provisioning service is to run.</summary>
public sealed record ProvisioningOptions
{
    /// <summary>Gets its host name, which must be no hub's.</summary>
    public required string HostName { get; init; }

    /// <summary>Gets a value indicating whether every hub of the process is linked by itself.</summary>
    public bool LinkLocalHubs { get; init; } = true;

    /// <summary>
    /// Gets how long a register call waits for the end of its operation before it answers <c>assigning</c>: a local hub needs milliseconds, so most
    /// devices never have to ask again. Clients take both answers (wire facts 17.1.8). Default 2 s; 0 to 30 s.
    /// </summary>
    public TimeSpan RegisterWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets a value indicating whether Azure's rates are enforced: 1,000 operations and 1,000 registrations a minute (wire facts 16.6). Default not.</summary>
    public bool EnforceLimits { get; init; }

    /// <summary>Lists everything that is wrong with these options; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Hosting.HubNames.Check(new HubDefinition { HostName = HostName }) is { } wrong)
        {
            problems.Add($"Provisioning service: {wrong.Message}");
        }

        if (RegisterWait < TimeSpan.Zero || RegisterWait > TimeSpan.FromSeconds(30))
        {
            problems.Add($"RegisterWait is {RegisterWait}; 0 to 30 s is permitted.");
        }

        return problems;
    }
}
