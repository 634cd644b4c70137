namespace Nave.Fleet.Recovery.Archive;

/// <summary>What a hub is exported into: an archive, or a form that other tools read.</summary>
public interface IArchiveWriter : IAsyncDisposable
{
    /// <summary>Adds a line. The lines of a part follow each other; those of the registry come in the order of ids, modules after their device.</summary>
    /// <param name="part">One of <see cref="ArchivePart"/>.</param>
    /// <param name="json">JSON without a line end.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecoveryException">The form has no such part.</exception>
    ValueTask AddAsync(string part, ReadOnlyMemory<byte> json, CancellationToken cancellationToken);

    /// <summary>Ends it. Disposed of without this, what was written is no export.</summary>
    /// <param name="manifest">What was exported; the parts and the time are filled in.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The manifest, which not every form keeps.</returns>
    Task<ArchiveManifest> CompleteAsync(ArchiveManifest manifest, CancellationToken cancellationToken);
}
