using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>A file of devices, CSV or JSON lines.</summary>
/// <param name="path">The full path.</param>
/// <param name="format">The form.</param>
/// <param name="isReadOnly">Whether it is only read.</param>
internal sealed class FileProvider(string path, IDeviceFileFormat format, bool isReadOnly) : IDeviceProvider
{
    private readonly DeviceFile _file = new(path, format);

    public ProviderTraits Traits { get; } = new()
    {
        Name = "file",
        KeepsTags = true,
        ValuesAreJson = format.ValuesAreJson,
        CanCreate = !isReadOnly,
        CanUpdate = !isReadOnly,
        CanDelete = !isReadOnly,
        PageSize = 1000,

        // Changes that come together are one writing of the file.
        Parallelism = 64,
    };

    /// <summary>Reads the file. One that is not there, empty, malformed or changed meanwhile is an incomplete listing.</summary>
    public async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long listed = 0;
        await using var stream = Open(listed);
        var length = stream.Length;
        await using var devices = format.ReadAsync(stream, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await devices.MoveNextAsync().ConfigureAwait(false))
                {
                    break;
                }
            }
            catch (DeviceFileException e)
            {
                throw new ListingIncompleteException(ProviderFailure.Permanent, listed, $"{path}: {e.Message}", null, e);
            }
            catch (IOException e)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"{path}: {e.Message}", null, e);
            }

            listed++;
            yield return devices.Current;
        }

        if (stream.Length != length)
        {
            throw new ListingIncompleteException(ProviderFailure.Transient, listed, $"{path} was written while it was read.");
        }
    }

    public async Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await foreach (var device in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (device.Key == key)
            {
                return device;
            }
        }

        return null;
    }

    /// <summary>Reads the file once for all of them.</summary>
    public IAsyncEnumerable<ExternalDevice> FindManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var wanted = keys.ToHashSet(StringComparer.Ordinal);
        return ListAsync(cancellationToken).Where(device => wanted.Contains(device.Key));
    }

    public async Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken)
    {
        CheckFields(device);
        return await ChangeAsync(new FileChange(device.Key, device, IsNew: true), cancellationToken).ConfigureAwait(false)
            ? throw new ProviderException(ProviderFailure.AlreadyExists, $"{path} has the device {device.Key} already.")
            : device;
    }

    public async Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken)
    {
        CheckFields(wanted);
        return await ChangeAsync(new FileChange(current.Key, wanted, IsNew: false), cancellationToken).ConfigureAwait(false)
            ? wanted
            : throw new ProviderException(ProviderFailure.NotFound, $"{path} has no device {current.Key}.");
    }

    public Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken) =>
        ChangeAsync(new FileChange(device.Key, null, IsNew: false), cancellationToken);

    public IReadOnlyList<TagProblem> Validate(HubDevice device) => [];

    public HubDevice ToHub(ExternalDevice device) => new() { DeviceId = device.Key, Tags = device.Fields };

    public ExternalDevice ToExternal(HubDevice device) => new() { Key = device.DeviceId, Fields = device.Tags };

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private void CheckFields(ExternalDevice device)
    {
        foreach (var (name, text) in device.Fields)
        {
            if (format.ValuesAreJson && !IsJson(text))
            {
                throw new ProviderException(ProviderFailure.Permanent, $"The field '{name}' of the device {device.Key} is not JSON.");
            }

            if (!format.ValuesAreJson && text.Length > CsvReader.MaxFieldLength)
            {
                throw new ProviderException(ProviderFailure.Permanent, $"The field '{name}' of the device {device.Key} has {text.Length} characters; {CsvReader.MaxFieldLength} are permitted.");
            }
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private FileStream Open(long listed)
    {
        try
        {
            return _file.OpenRead();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new ListingIncompleteException(ProviderFailure.Permanent, listed, e.Message, null, e);
        }
        catch (IOException e)
        {
            throw new ListingIncompleteException(ProviderFailure.Transient, listed, e.Message, null, e);
        }
    }

    private async Task<bool> ChangeAsync(FileChange change, CancellationToken cancellationToken)
    {
        if (isReadOnly)
        {
            throw new ProviderException(ProviderFailure.Permanent, $"{path} is only read.");
        }

        try
        {
            return await _file.ChangeAsync(change, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DeviceFileException or UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new ProviderException(ProviderFailure.Permanent, $"{path} could not be written. {e.Message}", null, e);
        }
        catch (IOException e)
        {
            throw new ProviderException(ProviderFailure.Transient, $"{path} could not be written. {e.Message}", null, e);
        }
    }
}
