using System.Net;
using Nave.Server.Tls;

namespace Nave.Server.Connections;

/// <summary>Where a head listens, and what one connection to it may cost: what MQTT and AMQP have alike.</summary>
public abstract record SocketHeadOptions
{
    /// <summary>Gets the address to listen on; <see langword="null"/> = every address, IPv4 and IPv6.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets the port for TLS, 0 = any free one, <see langword="null"/> = none.</summary>
    public int? TlsPort { get; init; }

    /// <summary>Gets the port without TLS, 0 = any free one, <see langword="null"/> = none (the default): tokens travel in clear text.</summary>
    public int? PlainPort { get; init; }

    /// <summary>Gets the number of event loop threads for plain TCP; 0 = a quarter of the cores, at least one. One loop serves about a million messages a second.</summary>
    public int Loops { get; init; }

    /// <summary>Gets how long a peer has for the TLS handshake, and then again to say who it is. Default 20 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets how many twin requests of one device may wait for their turn; more are answered with 429. Default 64.</summary>
    public int MaxWaitingRequests { get; init; } = 64;

    /// <summary>Gets how long events wait for storage that takes no writes, before their sender is turned away. Default 5 s.</summary>
    public TimeSpan StorageGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets what one connection may cost.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>Reports every value that is out of its range.</summary>
    public virtual IEnumerable<string> Validate() =>
    [
        .. Check(nameof(TlsPort), TlsPort ?? 0, 0, 65535),
        .. Check(nameof(PlainPort), PlainPort ?? 0, 0, 65535),
        .. Check(nameof(Loops), Loops, 0, 64),
        .. Check(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
        .. Check(nameof(MaxWaitingRequests), MaxWaitingRequests, 1, 1000),
        .. Check(nameof(StorageGrace), StorageGrace, TimeSpan.Zero, TimeSpan.FromMinutes(5)),
        .. Limits.Validate().Select(problem => $"{nameof(Limits)}: {problem}"),
    ];

    /// <summary>Throws if a value is out of its range, or there is a TLS port and nothing to show on it.</summary>
    /// <exception cref="ArgumentException">The message lists all problems.</exception>
    internal void Demand(ServerCertificates? certificates)
    {
        var problems = Validate().ToList();
        if (TlsPort is not null && certificates is null)
        {
            problems.Add("A TLS port needs a certificate.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems));
        }
    }

    /// <summary>Reports a value that is out of its range.</summary>
    protected static IEnumerable<string> Check<T>(string name, T value, T minimum, T maximum)
        where T : IComparable<T>
    {
        if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
        {
            yield return $"{name} is {value}; permitted are {minimum} to {maximum}.";
        }
    }
}
