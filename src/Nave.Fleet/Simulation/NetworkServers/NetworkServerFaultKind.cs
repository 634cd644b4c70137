namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>What can go wrong on a simulated network server.</summary>
public enum NetworkServerFaultKind
{
    /// <summary>Nothing is done, and a status answered.</summary>
    Status,

    /// <summary>Nothing is done and nothing answered, until the client goes away.</summary>
    Hold,

    /// <summary>It is done, and the connection ends in the middle of the answer.</summary>
    CutAnswer,

    /// <summary>A page of a list lacks its last half; what comes after is whole.</summary>
    ShortPage,

    /// <summary>A page of a list is the first one again.</summary>
    RepeatedPage,
}
