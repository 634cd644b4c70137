namespace Nave.Hub.Commands;

/// <summary>Tells services that a device has uploaded a file (wire facts 7.3.1).</summary>
/// <param name="DeviceId">Which device.</param>
/// <param name="BlobUri">Where the file is.</param>
/// <param name="BlobName">Its name in the container.</param>
/// <param name="LastUpdated">When the store had it whole.</param>
/// <param name="SizeInBytes">How large it is.</param>
public sealed record FileNotification(string DeviceId, Uri BlobUri, string BlobName, DateTimeOffset LastUpdated, long SizeInBytes);
