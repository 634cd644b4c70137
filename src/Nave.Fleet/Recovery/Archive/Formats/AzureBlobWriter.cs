using System.Buffers;
using Nave.Storage.Blobs;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// Writes the blobs that an export job of Azure writes, which import jobs read: <c>devices.txt</c> and <c>configurations.txt</c>, a line
/// for each. In clear, for Azure has no other form. None of them is there before all of it is written.
/// </summary>
public sealed class AzureBlobWriter : IArchiveWriter
{
    private const int WriteBytes = 256 * 1024;

    private readonly BlobWriteStream _devices;
    private readonly BlobWriteStream? _configurations;
    private readonly DateTimeOffset _time;
    private readonly ArrayBufferWriter<byte> _buffer = new(WriteBytes * 2);
    private readonly Dictionary<string, PartTally> _tallies = [];
    private BlobWriteStream _current;

    private AzureBlobWriter(BlobWriteStream devices, BlobWriteStream? configurations, DateTimeOffset time)
    {
        _devices = devices;
        _configurations = configurations;
        _current = devices;
        _time = time;
    }

    /// <summary>Begins an export.</summary>
    /// <param name="container">Where to; it stays open.</param>
    /// <param name="withConfigurations">Whether <c>configurations.txt</c> is written.</param>
    /// <param name="replace">Whether blobs that are there are replaced.</param>
    /// <param name="time">When.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BlobException">The container refuses or fails; <see cref="BlobError.Exists"/>: a blob is there and is not to be replaced.</exception>
    public static async Task<AzureBlobWriter> OpenAsync(
        IBlobContainer container, bool withConfigurations, bool replace, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(container);
        var options = new BlobWriteOptions { ContentType = "text/plain", OnlyIfAbsent = !replace };
        foreach (var name in (string[])[AzureBlobNames.Devices, .. withConfigurations ? [AzureBlobNames.Configurations] : Array.Empty<string>()])
        {
            // Told now and not after an hour of export; the commit sees to it that it stays so.
            if (!replace && await container.FindAsync(name, cancellationToken).ConfigureAwait(false) is not null)
            {
                throw new BlobException(BlobError.Exists, $"The blob '{name}' exists in {container.Address}.");
            }
        }

        var devices = await container.OpenWriteAsync(AzureBlobNames.Devices, options, cancellationToken).ConfigureAwait(false);
        try
        {
            var configurations = withConfigurations
                ? await container.OpenWriteAsync(AzureBlobNames.Configurations, options, cancellationToken).ConfigureAwait(false) : null;
            return new AzureBlobWriter(devices, configurations, time);
        }
        catch
        {
            await devices.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(string part, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var blob = part switch
        {
            ArchivePart.Registry => _devices,
            ArchivePart.Configurations when _configurations is not null => _configurations,
            _ => throw new RecoveryException($"Azure's export blobs have no '{part}'."),
        };
        if (blob != _current)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            _current = blob;
        }

        if (!_tallies.TryGetValue(part, out var tally))
        {
            _tallies[part] = tally = new PartTally(part);
        }

        tally.Add(json.Span);
        _buffer.Write(json.Span);
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= WriteBytes)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<ArchiveManifest> CompleteAsync(ArchiveManifest manifest, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (_configurations is not null)
        {
            await _configurations.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        // The one with the keys comes last: once it is there the export is done.
        await _devices.CommitAsync(cancellationToken).ConfigureAwait(false);
        return manifest with { Created = _time, Parts = [.. _tallies.Values.Select(tally => tally.ToInfo())] };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _buffer.Clear(); // It may have held keys.
        await _devices.DisposeAsync().ConfigureAwait(false);
        if (_configurations is not null)
        {
            await _configurations.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var tally in _tallies.Values)
        {
            tally.Dispose();
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _current.WriteAsync(_buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        _buffer.Clear(); // It may have held keys.
    }
}
