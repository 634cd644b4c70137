namespace Nave.Fleet.Sync.Configuration;

/// <summary>The section <c>serve</c>: how <c>nave sync serve</c> listens and works.</summary>
public sealed record ServeSettings
{
    /// <summary>Gets the PEM file with the server certificate and its chain, full path; needed where <c>listen</c> says https.</summary>
    public string? Certificate { get; init; }

    /// <summary>Gets the PEM file with its key, full path; <see langword="null"/> = the same file.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>
    /// Gets a value indicating whether plain HTTP may be served beyond this machine, for a proxy in front ends TLS. Otherwise keys and
    /// secrets would be read on the way, so the start refuses.
    /// </summary>
    public bool BehindProxy { get; init; }

    /// <summary>Gets how many devices are worked on at the same time, 1 to 256. Default 8.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Gets the most devices in the queue, 1 to 10,000,000. Default 1,000,000.</summary>
    public int QueueCapacity { get; init; } = 1_000_000;
}
