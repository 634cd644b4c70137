namespace Nave.Cli.Storage;

/// <summary>What <c>nave fsck</c> found of one hub, or of device provisioning.</summary>
internal sealed record FsckReport
{
    /// <summary>Gets the hub's name; <c>dps</c> for device provisioning.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets a value indicating whether everything that was acknowledged is there and readable.</summary>
    public required bool Sound { get; init; }

    /// <summary>Gets how many events the log holds.</summary>
    public required long Events { get; init; }

    /// <summary>Gets the log's size on disk, in bytes.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Gets how many documents the state store holds, by collection.</summary>
    public required IReadOnlyDictionary<string, long> Documents { get; init; }

    /// <summary>Gets the state store's size on disk, in bytes.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Gets the bytes of an unfinished commit at the log's end, which was never acknowledged: no damage.</summary>
    public required long TornTailBytes { get; init; }

    /// <summary>Gets what is wrong.</summary>
    public required IReadOnlyList<FsckProblem> Problems { get; init; }
}
