using Nave.Storage.Blobs;

namespace Nave.Hub.Uploads;

/// <content>The hub in the place of a storage account: what the HTTPS head hands over, with Azure Storage's errors.</content>
public sealed partial class FileUploads
{
    private static readonly UploadError s_notPermitted = new(
        403, "AuthenticationFailed", "The signature is not that of an upload of this file that is under way.");

    /// <summary>Finds the upload that a signature is for.</summary>
    /// <param name="blobName">The blob that is written.</param>
    /// <param name="correlationId">The upload (<c>si</c>).</param>
    /// <param name="signature">The signature (<c>sig</c>), Base64.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Nothing if it may be written; else why not.</returns>
    public async ValueTask<UploadError?> AuthorizeAsync(string blobName, string correlationId, string signature, CancellationToken cancellationToken) =>
        await _tickets.FindAsync(correlationId, cancellationToken).ConfigureAwait(false) is { } record
        && record.BlobName == blobName && _signature.Matches(correlationId, record, signature) && !_tickets.IsOver(record)
            ? null
            : s_notPermitted;

    /// <summary>Takes a block of an upload that is authorized.</summary>
    public ValueTask<UploadError?> PutBlockAsync(string correlationId, string blockId, Stream body, CancellationToken cancellationToken) =>
        ServeAsync(storage => _served.PutBlockAsync(correlationId, blockId, body, storage.Settings.MaxBytes, cancellationToken));

    /// <summary>Makes the file of an upload that is authorized out of its blocks.</summary>
    public ValueTask<UploadError?> PutBlockListAsync(
        string correlationId, string blobName, IReadOnlyList<string> blockIds, BlobWriteOptions options, CancellationToken cancellationToken) =>
        ServeAsync(storage => _served.PutBlockListAsync(correlationId, blockIds, storage.Container, blobName, options, cancellationToken));

    /// <summary>Makes the file of an upload that is authorized out of one body.</summary>
    public ValueTask<UploadError?> PutBlobAsync(string blobName, Stream body, BlobWriteOptions options, CancellationToken cancellationToken) =>
        ServeAsync(storage => _served.PutBlobAsync(body, storage.Settings.MaxBytes, storage.Container, blobName, options, cancellationToken));

    /// <summary>Opens a file that the hub serves, for a service.</summary>
    /// <returns>The file and its bytes from an offset on, which the caller disposes of; nulls if it is not there or the hub serves none.</returns>
    /// <exception cref="BlobException">The name is not permitted, or the container fails.</exception>
    public async ValueTask<(BlobItem? Item, Stream? Content)> OpenFileAsync(string blobName, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _storage) is not { Account: null } storage
            || await storage.Container.FindAsync(blobName, cancellationToken).ConfigureAwait(false) is not { } item)
        {
            return (null, null);
        }

        // As long as it says it is, should it grow meanwhile.
        return (item, await storage.Container.OpenReadAsync(blobName, 0, item.Length, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<UploadError?> ServeAsync(Func<UploadStorage, ValueTask<UploadError?>> serve)
    {
        if (Volatile.Read(ref _storage) is not { Account: null } storage)
        {
            return s_notPermitted; // The files go elsewhere by now.
        }

        try
        {
            return await serve(storage).ConfigureAwait(false);
        }
        catch (BlobException e)
        {
            // Not its text, which has the container's address: this goes to a device.
            return e.Error switch
            {
                BlobError.Exists => new UploadError(409, "BlobAlreadyExists", "There is a file of that name already."),
                BlobError.Invalid => new UploadError(400, "InvalidResourceName", "The hub's container does not take a file of that name."),
                _ => new UploadError(503, "ServerBusy", "The hub's container cannot be used now."),
            };
        }
    }
}
