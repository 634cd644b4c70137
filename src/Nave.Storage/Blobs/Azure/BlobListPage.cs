namespace Nave.Storage.Blobs.Azure;

/// <summary>A page of a listing.</summary>
/// <param name="Items">The blobs, in order.</param>
/// <param name="NextMarker">What the next page is asked for with; <see langword="null"/> after the last.</param>
internal sealed record BlobListPage(IReadOnlyList<BlobItem> Items, string? NextMarker);
