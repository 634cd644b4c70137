using System.Net;
using Nave.Server.Connections;

namespace Nave.Server.Amqp;

/// <summary>Where the AMQP head listens and what it permits.</summary>
public sealed record AmqpHeadOptions
{
    /// <summary>Gets the address to listen on; <see langword="null"/> = every address, IPv4 and IPv6.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets the port for TLS, 0 = any free one, <see langword="null"/> = none. The SDKs know no other than 5671.</summary>
    public int? TlsPort { get; init; } = 5671;

    /// <summary>Gets the port without TLS, 0 = any free one, <see langword="null"/> = none (the default): tokens travel in clear text.</summary>
    public int? PlainPort { get; init; }

    /// <summary>Gets the number of event loop threads for plain TCP; 0 = a quarter of the cores, at least one.</summary>
    public int Loops { get; init; }

    /// <summary>Gets how long a peer has for the TLS handshake, and then again to prove some identity. Default 20 s, as MQTT's CONNECT.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets how long a peer may be silent; it is told and sends empty frames. Source: Azure IoT Hub, 240 s (wire facts 5.2.5).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>Gets the largest frame that is taken, in bytes. Source: Azure IoT Hub, 65,536.</summary>
    public int MaxFrameBytes { get; init; } = 65_536;

    /// <summary>Gets how many sessions one connection may have. The .NET SDK has one for each pooled device, and no more than 1,000 of those on a connection.</summary>
    public int MaxSessions { get; init; } = 1024;

    /// <summary>Gets how many links one connection may have: some six a device.</summary>
    public int MaxLinks { get; init; } = 8192;

    /// <summary>Gets how many tokens one connection may hold. Source: the .NET SDK pools no more than 1,000 devices on a connection.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Gets how many unacknowledged events one link may have under way: the credit that is granted. Default 500.</summary>
    public int EventWindow { get; init; } = 500;

    /// <summary>Gets how many twin requests of one device may wait for their turn; more are answered with 429. Default 64.</summary>
    public int MaxWaitingRequests { get; init; } = 64;

    /// <summary>Gets how long events wait for storage that takes no writes, before their links are detached. Default 5 s.</summary>
    public TimeSpan StorageGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets what one connection may cost.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>Reports every value that is out of its range.</summary>
    public IEnumerable<string> Validate() =>
    [
        .. Check(nameof(TlsPort), TlsPort ?? 0, 0, 65535),
        .. Check(nameof(PlainPort), PlainPort ?? 0, 0, 65535),
        .. Check(nameof(Loops), Loops, 0, 64),
        .. Check(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
        .. Check(nameof(IdleTimeout), IdleTimeout, TimeSpan.FromSeconds(4), TimeSpan.FromHours(1)),
        .. Check(nameof(MaxFrameBytes), MaxFrameBytes, 4096, 1024 * 1024),
        .. Check(nameof(MaxSessions), MaxSessions, 2, 65536),
        .. Check(nameof(MaxLinks), MaxLinks, 8, 1_000_000),
        .. Check(nameof(MaxTokens), MaxTokens, 1, 100_000),
        .. Check(nameof(EventWindow), EventWindow, 1, 100_000),
        .. Check(nameof(MaxWaitingRequests), MaxWaitingRequests, 1, 1000),
        .. Check(nameof(StorageGrace), StorageGrace, TimeSpan.Zero, TimeSpan.FromMinutes(5)),
        .. Limits.Validate().Select(problem => $"{nameof(Limits)}: {problem}"),
    ];

    private static IEnumerable<string> Check<T>(string name, T value, T minimum, T maximum)
        where T : IComparable<T>
    {
        if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
        {
            yield return $"{name} is {value}; permitted are {minimum} to {maximum}.";
        }
    }
}
