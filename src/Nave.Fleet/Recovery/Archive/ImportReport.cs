using Nave.Api;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>What an import did, or would do.</summary>
public sealed record ImportReport
{
    /// <summary>Gets a value indicating whether nothing was written.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Gets the hub of the archive.</summary>
    public string Source { get; init; } = "";

    /// <summary>Gets the number of devices that were wanted.</summary>
    public long Devices { get; init; }

    /// <summary>Gets the number of modules that were wanted.</summary>
    public long Modules { get; init; }

    /// <summary>Gets how many of both were written; of a dry run, how many the hub does not have.</summary>
    public long Written { get; init; }

    /// <summary>Gets, of a dry run, how many are on the hub and differ.</summary>
    public long? Different { get; init; }

    /// <summary>Gets, of a dry run, how many are on the hub and are the same.</summary>
    public long? Same { get; init; }

    /// <summary>Gets the number of configurations written, or to be written.</summary>
    public long Configurations { get; init; }

    /// <summary>Gets the number of enrollments and groups written, or to be written.</summary>
    public long Enrollments { get; init; }

    /// <summary>Gets how many lines were refused.</summary>
    public long Failed { get; init; }

    /// <summary>Gets why, the first 1,000.</summary>
    public IReadOnlyList<ImportErrorLine> Errors { get; init; } = [];
}
