namespace Nave.Storage.Blobs;

/// <summary>Why a container did not do as it was asked.</summary>
public enum BlobError
{
    /// <summary>The container's URI, a blob's name or what was written is not permitted.</summary>
    Invalid,

    /// <summary>Access is denied: the signature does not match, has ended, or does not permit this; or the file system denies it.</summary>
    Denied,

    /// <summary>There is no such container.</summary>
    NoContainer,

    /// <summary>A blob that had to be absent is there.</summary>
    Exists,

    /// <summary>The blob was written anew or deleted while it was read.</summary>
    Changed,

    /// <summary>The store cannot be reached, is overloaded, is full or has failed; it may come back.</summary>
    Unavailable,
}
