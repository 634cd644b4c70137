namespace Nave.Storage.Blobs;

/// <summary>A container did not do as it was asked. The message never has a signature, a key or a query string.</summary>
public sealed class BlobException(BlobError error, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Gets why.</summary>
    public BlobError Error { get; } = error;
}
