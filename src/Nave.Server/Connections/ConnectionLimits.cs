namespace Nave.Server.Connections;

/// <summary>What one connection may cost the server.</summary>
public sealed record ConnectionLimits
{
    /// <summary>Gets how many bytes one read takes at most; the read buffer is shared by all connections of a loop. Default 64 KiB: it stays in the CPU's cache.</summary>
    public int ReadBytes { get; init; } = 64 * 1024;

    /// <summary>Gets how many bytes are read ahead from a peer that is not authenticated. Default 8 KiB: a CONNECT with a token has under 2 KiB.</summary>
    public int UnauthenticatedBytes { get; init; } = 8 * 1024;

    /// <summary>Gets how many bytes may wait for a slow reader before the server stops reading from it. Default 64 KiB.</summary>
    public int OutputPauseBytes { get; init; } = 64 * 1024;

    /// <summary>Gets how many bytes may wait for a slow reader before it is closed. Default 1 MiB.</summary>
    public int OutputMaxBytes { get; init; } = 1024 * 1024;

    /// <summary>Gets how long a reader may leave more than <see cref="OutputPauseBytes"/> waiting before it is closed. Default 30 s.</summary>
    public TimeSpan OutputStallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how many connections may be open at a time. Default 1,000,000.</summary>
    public int MaxConnections { get; init; } = 1_000_000;

    /// <summary>Gets how many connections are accepted a second; the rest waits in the listen queue. Default 50,000.</summary>
    public int MaxConnectionsPerSecond { get; init; } = 50_000;

    /// <summary>Reports every value that is out of its range.</summary>
    public IEnumerable<string> Validate()
    {
        if (ReadBytes is < 4096 or > 1024 * 1024)
        {
            yield return $"{nameof(ReadBytes)} is {ReadBytes}; permitted are 4096 to 1048576.";
        }

        if (UnauthenticatedBytes is < 1024 or > 65536 || UnauthenticatedBytes > ReadBytes)
        {
            yield return $"{nameof(UnauthenticatedBytes)} is {UnauthenticatedBytes}; permitted are 1024 to 65536, and not more than {nameof(ReadBytes)}.";
        }

        if (OutputPauseBytes is < 1024 or > 16 * 1024 * 1024)
        {
            yield return $"{nameof(OutputPauseBytes)} is {OutputPauseBytes}; permitted are 1024 to 16777216.";
        }

        if (OutputMaxBytes < OutputPauseBytes || OutputMaxBytes > 256 * 1024 * 1024)
        {
            yield return $"{nameof(OutputMaxBytes)} is {OutputMaxBytes}; permitted are {nameof(OutputPauseBytes)} to 268435456.";
        }

        if (OutputStallTimeout < TimeSpan.FromSeconds(1) || OutputStallTimeout > TimeSpan.FromHours(1))
        {
            yield return $"{nameof(OutputStallTimeout)} is {OutputStallTimeout}; permitted are 1 s to 1 h.";
        }

        if (MaxConnections < 1)
        {
            yield return $"{nameof(MaxConnections)} is {MaxConnections}; at least 1 is needed.";
        }

        if (MaxConnectionsPerSecond < 1)
        {
            yield return $"{nameof(MaxConnectionsPerSecond)} is {MaxConnectionsPerSecond}; at least 1 is needed.";
        }
    }
}
