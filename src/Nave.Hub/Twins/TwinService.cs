using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>The twins of one hub. Documents travel as UTF-8 JSON in the wire's own shape.</summary>
public sealed partial class TwinService
{
    /// <summary>Gets the twin as the service sees it.</summary>
    public ValueTask<HubResult<ReadOnlyMemory<byte>>> GetAsync(IdentityId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gets the twin as its device sees it: desired and reported with <c>$version</c>, no metadata, no tags.</summary>
    public ValueTask<HubResult<ReadOnlyMemory<byte>>> GetDeviceViewAsync(IdentityId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Merges a patch of tags and desired properties; <see langword="null"/> values delete.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="patch">The JSON body.</param>
    /// <param name="ifMatch">The etag it must have; <see langword="null"/> or <c>*</c> = any.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The whole twin afterwards, or 400004, 404001, 412001.</returns>
    public ValueTask<HubResult<ReadOnlyMemory<byte>>> PatchAsync(IdentityId id, ReadOnlyMemory<byte> patch, string? ifMatch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Replaces tags and desired properties.</summary>
    public ValueTask<HubResult<ReadOnlyMemory<byte>>> ReplaceAsync(IdentityId id, ReadOnlyMemory<byte> twin, string? ifMatch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Merges a patch of reported properties sent by the device.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="patch">The JSON body.</param>
    /// <param name="baseVersion">The version of the reported section that the device expects, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The new version of the reported section, or 400004, 412001.</returns>
    public ValueTask<HubResult<long>> PatchReportedAsync(IdentityId id, ReadOnlyMemory<byte> patch, long? baseVersion, CancellationToken cancellationToken) => throw new NotImplementedException();
}
