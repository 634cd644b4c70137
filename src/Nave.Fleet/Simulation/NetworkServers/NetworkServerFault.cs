namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>Something that goes wrong on a simulated network server.</summary>
/// <param name="Kind">What.</param>
/// <param name="Count">How many requests it spoils.</param>
public sealed record NetworkServerFault(NetworkServerFaultKind Kind, int Count = 1)
{
    /// <summary>Gets which requests it spoils; all if it is not set.</summary>
    public Func<NetworkServerRequest, bool> When { get; init; } = _ => true;

    /// <summary>Gets the status of <see cref="NetworkServerFaultKind.Status"/>.</summary>
    public int Status { get; init; } = 500;

    /// <summary>Gets what the error's text says beside, as servers do that repeat what they were sent.</summary>
    public string Echo { get; init; } = string.Empty;

    /// <summary>Gets the whole body, in place of an error of the API; <see langword="null"/> = such an error.</summary>
    public string? Body { get; init; }

    /// <summary>Gets what <c>Retry-After</c> says, in whole seconds; <see langword="null"/> = no such header.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
