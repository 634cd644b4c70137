using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Limits;
using Nave.Storage;
using Nave.Storage.Blobs;

namespace Nave.Hub.Uploads;

/// <summary>
/// Files of devices (wire facts 10.6 to 10.9): a device asks for a place, writes there, and tells how it went; services are told
/// of what is there. The place is a storage account, or the hub itself. Thread-safe.
/// </summary>
public sealed partial class FileUploads : IAsyncDisposable
{
    /// <summary>The path below which the hub takes and gives files: what devices are told as their container.</summary>
    public const string ServedPath = "nave/uploads";

    private const string Collection = "file-upload-settings";
    private const string SettingsKey = "settings";
    private const string SigningKey = "key";

    private static readonly TimeSpan s_sweepEvery = TimeSpan.FromMinutes(15);

    private readonly FileUploadParts _parts;
    private readonly BlobContainerOptions _blobs;
    private readonly UploadTickets _tickets;
    private readonly UploadSignature _signature;
    private readonly ServedUploads _served;
    private readonly KeyedGate<string> _devices = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private UploadStorage? _storage;
    private Task _sweep = Task.CompletedTask;

    private FileUploads(FileUploadParts parts, byte[] signingKey, FileUploadSettings? settings)
    {
        _parts = parts;
        _blobs = parts.Blobs;
        _tickets = new UploadTickets(parts.Store, parts.Time);
        _signature = new UploadSignature(signingKey);
        _served = new ServedUploads(Path.Combine(parts.Folder, "uploads"));
        _storage = settings is null ? null : new UploadStorage(settings, _blobs);
    }

    /// <summary>Gets the settings, secrets included; <see langword="null"/> while there are none.</summary>
    public FileUploadSettings? Settings => Volatile.Read(ref _storage)?.Settings;

    /// <summary>Gets where files go, without secrets; <see langword="null"/> while there are no settings.</summary>
    public Uri? Address => Volatile.Read(ref _storage) is { } storage ? storage.Account?.UriOf(storage.Settings.Container) ?? storage.Container.Address : null;

    /// <summary>Gets the URI of a folder of this hub's, beneath the first that is permitted: the simplest place for files.</summary>
    public string LocalContainer => _blobs.FileRoots is [{ } root, ..]
        ? new Uri(Path.Combine(Path.GetFullPath(root), "uploads")).AbsoluteUri
        : "file:///"; // No folder is permitted, which is what opening it says.

    /// <summary>Changes where files go; durable once the task ends. Uploads under way are completed where they began only if that is the same place.</summary>
    /// <param name="settings">The settings; <see langword="null"/> = devices cannot upload.</param>
    /// <param name="cancellationToken">Ends the wait before it takes effect.</param>
    /// <returns>True; or 400004 (a value is not permitted), 400017 (the container cannot be used: what it says, without secrets).</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<bool>> ConfigureAsync(FileUploadSettings? settings, CancellationToken cancellationToken)
    {
        if (settings?.FindProblem(_blobs) is { } problem)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, problem);
        }

        if (settings is not null && await ProbeAsync(settings, cancellationToken).ConfigureAwait(false) is { } unusable)
        {
            return unusable;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var transaction = new StateTransaction();
            if (settings is null)
            {
                transaction.Delete(Collection, SettingsKey);
            }
            else
            {
                var json = JsonSerializer.SerializeToUtf8Bytes(settings, UploadJson.Default.FileUploadSettings);
                transaction.Put(Collection, SettingsKey, _parts.Protector.Protect(json, OwnerOf(_parts.HubName, SettingsKey)));
            }

            await _parts.Store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _storage, settings is null ? null : new UploadStorage(settings, _blobs));
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Gives a device a place for a file; durable once the task ends.</summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="blobName">What it calls the file.</param>
    /// <param name="host">The host name, with a port unless it is 443, by which the device reached the hub.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The place; or 400014 (no storage), 400004 (the name), 403006 (too many under way), 429001.</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<FileUploadTicket>> InitiateAsync(string deviceId, string blobName, string host, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _storage) is not { } storage)
        {
            return new HubError(HubErrorCode.DefaultStorageEndpointNotConfigured, "The hub has no storage for files of devices: nave hub file-upload set configures it.");
        }

        var name = $"{deviceId}/{blobName}";
        if ((BlobNames.FindProblem(blobName) ?? BlobNames.FindProblem(name)) is { } problem)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"'blobName' {problem}.");
        }

        if (_parts.Throttle.TryTake(ThrottledOperation.FileUpload) is { } throttled)
        {
            return throttled;
        }

        if (!await _devices.EnterAsync(deviceId, cancellationToken).ConfigureAwait(false))
        {
            return new HubError(HubErrorCode.ThrottlingException, $"Too many uploads of '{deviceId}' begin at the same time.");
        }

        try
        {
            var limit = storage.Settings.MaxActivePerDevice;
            if (await _tickets.CountAsync(deviceId, cancellationToken).ConfigureAwait(false) >= limit)
            {
                return new HubError(HubErrorCode.DeviceMaximumActiveFileUploadLimitExceeded, $"Number of active file upload requests cannot exceed {limit}");
            }

            var correlationId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

            // To the second, as it is signed.
            var expires = DateTimeOffset.FromUnixTimeSeconds((_parts.Time.GetUtcNow() + storage.Settings.TimeToLive).ToUnixTimeSeconds());
            var record = new UploadRecord { DeviceId = deviceId, BlobName = name, Expires = expires, Host = host };
            var ticket = Place(correlationId, record, storage);
            await _tickets.AddAsync(correlationId, record).ConfigureAwait(false);
            return ticket;
        }
        finally
        {
            _devices.Leave(deviceId);
        }
    }

    /// <summary>Ends an upload: the device is done, or has given up. Services are told of a file that is there.</summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="correlationId">The upload.</param>
    /// <param name="isSuccess">Whether the device says that the file is there.</param>
    /// <param name="cancellationToken">Ends the wait before it takes effect.</param>
    /// <returns>True; or 400015 (no such upload of this device), 400016 (its time is over), 400020 (the file is not there), 503001.</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes; the upload is still under way.</exception>
    public async ValueTask<HubResult<bool>> CompleteAsync(string deviceId, string correlationId, bool isSuccess, CancellationToken cancellationToken)
    {
        var record = await _tickets.FindAsync(correlationId, cancellationToken).ConfigureAwait(false);
        if (record is null || record.DeviceId != deviceId)
        {
            return new HubError(HubErrorCode.InvalidFileUploadCorrelationId, "Correlation ID is invalid: the device has no such upload under way.");
        }

        if (_tickets.IsOver(record))
        {
            await RemoveAsync(correlationId).ConfigureAwait(false);
            return new HubError(HubErrorCode.ExpiredFileUploadCorrelationId, $"The upload ended at {WireTime.Format(record.Expires)}.");
        }

        if (isSuccess)
        {
            var notification = await FindFileAsync(record, cancellationToken).ConfigureAwait(false);
            if (!notification.IsSuccess)
            {
                return notification.Error;
            }

            if (Settings is { Notifications: true })
            {
                await _parts.Notifications.EnqueueAsync(notification.Value, cancellationToken).ConfigureAwait(false);
            }
        }

        await RemoveAsync(correlationId).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _sweep.ConfigureAwait(false);
        }
    }

    /// <summary>Reads the settings and begins to look for uploads whose time is over.</summary>
    /// <exception cref="InvalidDataException">What is stored does not open with the data folder's key.</exception>
    internal static async Task<FileUploads> OpenAsync(FileUploadParts parts, CancellationToken cancellationToken)
    {
        try
        {
            var settings = await parts.Store.ReadAsync(Collection, SettingsKey, cancellationToken).ConfigureAwait(false) is { } document
                ? JsonSerializer.Deserialize(parts.Protector.Unprotect(document.Body.Span, OwnerOf(parts.HubName, SettingsKey)), UploadJson.Default.FileUploadSettings)
                : null;
            byte[] key;
            if (await parts.Store.ReadAsync(Collection, SigningKey, cancellationToken).ConfigureAwait(false) is { } stored)
            {
                key = parts.Protector.Unprotect(stored.Body.Span, OwnerOf(parts.HubName, SigningKey));
            }
            else
            {
                key = RandomNumberGenerator.GetBytes(UploadSignature.KeyBytes);
                await parts.Store.CommitAsync(
                    new StateTransaction().Put(Collection, SigningKey, parts.Protector.Protect(key, OwnerOf(parts.HubName, SigningKey))), cancellationToken).ConfigureAwait(false);
            }

            var uploads = new FileUploads(parts, key, settings);
            uploads._sweep = Task.Run(uploads.RunSweepAsync, CancellationToken.None);
            return uploads;
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            throw new InvalidDataException($"The settings of file upload of the hub '{parts.HubName}' are damaged, or were encrypted with another key.", e);
        }
    }

    private static string OwnerOf(string hub, string what) => $"file-upload\n{hub}\n{what}";

    private static HubError UnusableContainer(BlobException e) => new(
        e.Error == BlobError.Unavailable ? HubErrorCode.ServiceUnavailable : HubErrorCode.InvalidStorageEndpoint, e.Message);

    private FileUploadTicket Place(string correlationId, UploadRecord record, UploadStorage storage)
    {
        if (storage.Account is not { } account)
        {
            return new FileUploadTicket(correlationId, record.Host, ServedPath, record.BlobName, _signature.Sign(correlationId, record));
        }

        var uri = account.UriOf(storage.Settings.Container);
        var signature = account.SignBlob(storage.Settings.Container, record.BlobName, BlobAccess.Read | BlobAccess.Create | BlobAccess.Write, record.Expires);
        return new FileUploadTicket(correlationId, uri.Authority, uri.AbsolutePath.TrimStart('/'), record.BlobName, "?" + signature);
    }

    private async ValueTask<HubResult<FileNotification>> FindFileAsync(UploadRecord record, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _storage) is not { } storage)
        {
            return new HubError(HubErrorCode.DefaultStorageEndpointNotConfigured, "The hub has no storage for files of devices any more.");
        }

        try
        {
            if (await storage.Container.FindAsync(record.BlobName, cancellationToken).ConfigureAwait(false) is not { } item)
            {
                return new HubError(HubErrorCode.InvalidStorageEndpointOrBlob, $"The file '{record.BlobName}' is not in the container.");
            }

            var path = string.Join('/', record.BlobName.Split('/').Select(Uri.EscapeDataString));
            var uri = storage.Account is { } account ? new Uri($"{account.UriOf(storage.Settings.Container).AbsoluteUri}/{path}")
                : storage.Container.Address.IsFile ? new Uri($"https://{record.Host}/{ServedPath}/{path}")
                : new Uri($"{storage.Container.Address.AbsoluteUri}/{path}");
            return new FileNotification(record.DeviceId, uri, record.BlobName, item.LastModified, item.Length);
        }
        catch (BlobException e)
        {
            return UnusableContainer(e);
        }
    }

    private async ValueTask RemoveAsync(string correlationId)
    {
        await _tickets.RemoveAsync(correlationId).ConfigureAwait(false);
        await Task.Run(() => _served.Forget(correlationId), CancellationToken.None).ConfigureAwait(false);
    }

    // Told now and not to every device later.
    private async ValueTask<HubError?> ProbeAsync(FileUploadSettings settings, CancellationToken cancellationToken)
    {
        const string Probe = ".nave-probe";
        var options = _blobs with { MaxAttempts = 2 }; // Somebody waits for the answer.
        try
        {
            if (settings.ConnectionString is { } text)
            {
                await BlobAccount.Parse(text).CreateContainerAsync(settings.Container, options, cancellationToken).ConfigureAwait(false);
                return null;
            }

            using var container = BlobContainers.Open(settings.Container, options);
            await using (var writer = await container.OpenWriteAsync(Probe, BlobWriteOptions.Default, cancellationToken).ConfigureAwait(false))
            {
                await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            await container.FindAsync(Probe, cancellationToken).ConfigureAwait(false);
            await container.DeleteAsync(Probe, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (BlobException e)
        {
            return UnusableContainer(e);
        }
    }

    private async Task RunSweepAsync()
    {
        using var timer = new PeriodicTimer(s_sweepEvery, _parts.Time);
        try
        {
            do
            {
                try
                {
                    // Blocks first: those of an upload that begins while the tickets are read are not among them.
                    var staged = _served.FindStaged();
                    var kept = await _tickets.SweepAsync(_stop.Token).ConfigureAwait(false);
                    foreach (var correlationId in staged.Where(id => !kept.Contains(id)))
                    {
                        _served.Forget(correlationId);
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    Log.SweepFailed(_parts.Logger, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The hub closes.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Uploads whose time is over could not be removed: {Reason}")]
        public static partial void SweepFailed(ILogger logger, string reason);
    }
}
