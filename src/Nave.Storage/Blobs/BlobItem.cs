namespace Nave.Storage.Blobs;

/// <summary>A blob that is there.</summary>
/// <param name="Name">Its name in the container.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="LastModified">When it was written; to the second in Azure.</param>
public sealed record BlobItem(string Name, long Length, DateTimeOffset LastModified);
