namespace Nave.Api;

/// <summary>Thumbprints of certificates, either of which is accepted.</summary>
public sealed record X509Thumbprints
{
    /// <summary>Gets the first: 40 (SHA-1) or 64 (SHA-256) hex digits of either letter case.</summary>
    public string? PrimaryThumbprint { get; init; }

    /// <summary>Gets the second: 40 (SHA-1) or 64 (SHA-256) hex digits of either letter case.</summary>
    public string? SecondaryThumbprint { get; init; }
}
