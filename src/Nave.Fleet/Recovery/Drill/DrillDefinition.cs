using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>A drill: which hubs, which devices, how the first hub is lost, and how long each phase is.</summary>
public sealed record DrillDefinition
{
    /// <summary>Gets the hub that is active when the drill begins.</summary>
    public required DrillHubReference Primary { get; init; }

    /// <summary>Gets the hub that takes over.</summary>
    public required DrillHubReference Secondary { get; init; }

    /// <summary>Gets how many devices the drill makes: 1 to 100,000, or 0 if <see cref="Existing"/> names some.</summary>
    public int Devices { get; init; } = 100;

    /// <summary>Gets what the ids of devices begin with that the drill makes.</summary>
    public string Prefix { get; init; } = "drill-";

    /// <summary>Gets the ids of devices that are there already and take part: they send, their twins are left alone.</summary>
    public IReadOnlyList<string> Existing { get; init; } = [];

    /// <summary>Gets a value indicating whether the devices that the drill made stay.</summary>
    public bool Keep { get; init; }

    /// <summary>Gets how devices connect.</summary>
    public ClientTransport Transport { get; init; } = ClientTransport.Mqtt;

    /// <summary>Gets the time between two events of a device.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets how many connections are opened a second when the drill begins.</summary>
    public double ConnectRate { get; init; } = 200;

    /// <summary>Gets how many twins of made devices are changed a second until the hub is lost, so that the mirror has something to follow; 0 = none.</summary>
    public double TwinChanges { get; init; } = 5;

    /// <summary>Gets the longest delay before a device tries to connect again; the first is at most half a second.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how long everything runs undisturbed before a hub is lost.</summary>
    public TimeSpan Before { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how long everything runs undisturbed after all devices send again.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets a value indicating whether the drill goes back to the first hub: merged, mirrored the other way, promoted.</summary>
    public bool Back { get; init; } = true;

    /// <summary>Gets how long a step may take: the mirror's first comparison, a command, all devices sending again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how soon after the switch every device must send again for the drill to pass; <see langword="null"/> = it is only told.</summary>
    public TimeSpan? SendingAgainWithin { get; init; }

    /// <summary>Gets the shell command that loses the primary hub; <see langword="null"/> = its promotion makes the source stand by, nothing is broken.</summary>
    public string? Lose { get; init; }

    /// <summary>Gets the shell command that brings the primary hub back.</summary>
    public string? Recover { get; init; }

    /// <summary>Gets the shell command that leads clients to the other hub after each promotion: DNS, a load balancer.</summary>
    public string? Switch { get; init; }

    /// <summary>Gets the mirror's folder; <see langword="null"/> = one that is deleted afterwards.</summary>
    public string? MirrorFolder { get; init; }

    /// <summary>Gets a value indicating whether a mirror of the user runs on <see cref="MirrorFolder"/>: the drill promotes that one.</summary>
    public bool MirrorRuns { get; init; }

    /// <summary>Gets the consumer group of the mirror.</summary>
    public string MirrorGroup { get; init; } = EventReadOptions.DefaultConsumerGroup;

    /// <summary>Gets the consumer group of the drill's readers.</summary>
    public string ReaderGroup { get; init; } = EventReadOptions.DefaultConsumerGroup;
}
