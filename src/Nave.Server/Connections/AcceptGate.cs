namespace Nave.Server.Connections;

/// <summary>Counts open connections and how many came this second, over all listeners of a head.</summary>
internal sealed class AcceptGate(ConnectionLimits limits)
{
    private int _open;
    private int _thisSecond;

    /// <summary>Gets the number of open connections.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Gets a value indicating whether this second's share is used up; the rest waits in the listen queue.</summary>
    public bool IsRateReached => Volatile.Read(ref _thisSecond) >= limits.MaxConnectionsPerSecond;

    /// <summary>Counts a connection in.</summary>
    /// <returns><see langword="false"/> if there are too many: close it.</returns>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _thisSecond);
        if (Interlocked.Increment(ref _open) <= limits.MaxConnections)
        {
            return true;
        }

        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>Counts a connection out.</summary>
    public void Leave() => Interlocked.Decrement(ref _open);

    /// <summary>Starts the next second.</summary>
    public void NextSecond() => Volatile.Write(ref _thisSecond, 0);
}
