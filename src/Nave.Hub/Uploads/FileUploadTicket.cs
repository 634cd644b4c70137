namespace Nave.Hub.Uploads;

/// <summary>What a device needs to upload a file (wire facts 10.6): the parts of <c>https://{host}/{container}/{blob}{token}</c>.</summary>
/// <param name="CorrelationId">What the device names when it is done.</param>
/// <param name="HostName">The host, with a port if it is not 443.</param>
/// <param name="ContainerName">The container, perhaps with what is before it in the path.</param>
/// <param name="BlobName">The blob: <c>{deviceId}/{name}</c>.</param>
/// <param name="SasToken">The signature, with its question mark: a secret of the device.</param>
public sealed record FileUploadTicket(string CorrelationId, string HostName, string ContainerName, string BlobName, string SasToken)
{
    /// <summary>Shows it without the signature.</summary>
    public override string ToString() => $"{CorrelationId}: https://{HostName}/{ContainerName}/{BlobName}";
}
