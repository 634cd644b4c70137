namespace Nave.Storage.Blobs;

/// <summary>
/// A place in which named blobs are kept: a container of an Azure storage account, or a folder. It knows nothing of what is in
/// them. A blob is there whole or not at all. Any thread may call it; disposing it closes its connections.
/// </summary>
public interface IBlobContainer : IDisposable
{
    /// <summary>Gets where it is, without what gives access to it: fit for logs and messages.</summary>
    Uri Address { get; }

    /// <summary>Looks for a blob.</summary>
    /// <param name="name">Its name (<see cref="BlobNames"/>).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The blob, or <see langword="null"/> if there is none.</returns>
    /// <exception cref="BlobException">The name is not permitted, access is denied, or the store fails.</exception>
    Task<BlobItem?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Opens a blob to read it from the start to the end, or a part of it, in constant memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="offset">The first byte, 0 or more. At or beyond the end there is nothing to read.</param>
    /// <param name="length">The most bytes to read; <see langword="null"/> = to the end.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <returns>
    /// The bytes, which go on across lost connections; <see langword="null"/> if there is no such blob. A read fails with
    /// <see cref="BlobError.Changed"/> if the blob is written anew meanwhile and the rest of the old one is gone.
    /// </returns>
    /// <exception cref="BlobException">The name is not permitted, access is denied, or the store fails.</exception>
    Task<Stream?> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken);

    /// <summary>Begins to write a blob. What is there under that name stays until <see cref="BlobWriteStream.CommitAsync"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">How to write it.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="BlobException">The name is not permitted, or the store fails.</exception>
    Task<BlobWriteStream> OpenWriteAsync(string name, BlobWriteOptions options, CancellationToken cancellationToken);

    /// <summary>Streams the blobs whose names begin with a text, in the order of their names (ordinal).</summary>
    /// <param name="prefix">The beginning; empty = all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="BlobException">Access is denied, or the store fails.</exception>
    IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes a blob.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BlobException">The name is not permitted, access is denied, or the store fails.</exception>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken);
}
