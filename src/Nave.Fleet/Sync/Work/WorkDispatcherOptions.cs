using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Work;

/// <summary>How work is taken from the queue.</summary>
internal sealed record WorkDispatcherOptions
{
    /// <summary>Gets the hub's host name, for events.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets how many devices are worked on at the same time, 1 to 256. Default 8: the rate limits of the external systems hold beside.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Gets when what failed is tried again.</summary>
    public RetrySettings Retry { get; init; } = new();

    /// <summary>Gets how long work under way may take at a stop before it is broken off and left to the next process. Default 4 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Gets how often leases of work under way are renewed: a third of the queue's lease. Default 20 s.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets what spreads retries.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Gets the settings of a phase.</summary>
    public RetryPolicy PolicyOf(WorkPhase phase) => new(phase == WorkPhase.TwinCheck ? Retry.TwinCheck : Retry.ExternalCall);
}
