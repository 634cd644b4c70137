using System.Security.Cryptography.X509Certificates;

namespace Nave.Storage.Blobs;

/// <summary>How containers are opened and spoken to.</summary>
public sealed record BlobContainerOptions
{
    /// <summary>Gets the folders beneath which <c>file:</c> containers may be (or which they may be); <see langword="null"/> = anywhere, empty = nowhere.</summary>
    public IReadOnlyList<string>? FileRoots { get; init; }

    /// <summary>Gets a value indicating whether <c>http:</c> is permitted to other hosts than this machine, where it always is.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Gets the authorities that are trusted instead of the system's; <see langword="null"/> = the system's.</summary>
    public X509Certificate2Collection? TrustedAuthorities { get; init; }

    /// <summary>Gets the size of the blocks in which a blob is written, in bytes: 4 MiB, as Azure's tools take it; 50,000 of them are a blob's limit.</summary>
    public int BlockBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Gets how many blobs one page of a listing has, 1 to 5,000 (Azure's limit).</summary>
    public int ListPageSize { get; init; } = 5_000;

    /// <summary>Gets how often a request is tried that fails for a reason that may pass.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>Gets the wait before the second attempt; it doubles from then on, and is spread by half.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets how long one attempt may take, and one read of an answer.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
