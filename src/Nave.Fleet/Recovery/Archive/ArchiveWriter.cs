using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// Writes an archive in one pass and constant memory: a tar file of lines, compressed with gzip, encrypted as age does it
/// (docs/formats/backup.md). <c>age -d backup | tar xz</c> takes it apart without this program. The target stays open.
/// </summary>
public sealed class ArchiveWriter : IArchiveWriter
{
    /// <summary>The name of the last file in an archive.</summary>
    internal const string ManifestName = "manifest.json";

    // A file of a part holds about this much: its length has to be known before it is written.
    private const int FileBytes = 1024 * 1024;

    private readonly DateTimeOffset _time;
    private readonly AgeWriteStream? _encryption;
    private readonly GZipStream _compression;
    private readonly ArrayBufferWriter<byte> _file = new(FileBytes * 2);
    private readonly List<ArchivePartInfo> _parts = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string? _part;
    private int _files;
    private long _lines;
    private long _bytes;

    private ArchiveWriter(Stream target, AgeWriteStream? encryption, DateTimeOffset time)
    {
        _time = time;
        _encryption = encryption;
        _compression = new GZipStream((Stream?)encryption ?? target, CompressionLevel.Fastest, leaveOpen: true);
    }

    /// <summary>Begins an archive.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="key">What locks it; <see langword="null"/> = it is not encrypted.</param>
    /// <param name="time">When.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<ArchiveWriter> OpenAsync(Stream target, AgeKey? key, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var encryption = key is null ? null : await AgeWriteStream.OpenAsync(target, key, cancellationToken).ConfigureAwait(false);
        return new ArchiveWriter(target, encryption, time);
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(string part, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        if (part != _part)
        {
            await EndPartAsync(cancellationToken).ConfigureAwait(false);
            _part = part;
        }

        _file.Write(json.Span);
        _file.Write("\n"u8);
        _lines++;
        if (_file.WrittenCount >= FileBytes)
        {
            await EndFileAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<ArchiveManifest> CompleteAsync(ArchiveManifest manifest, CancellationToken cancellationToken)
    {
        await EndPartAsync(cancellationToken).ConfigureAwait(false);
        manifest = manifest with { Created = _time, Parts = [.. _parts] };
        await WriteFileAsync(ManifestName, JsonSerializer.SerializeToUtf8Bytes(manifest, ArchiveJson.Default.ArchiveManifest), cancellationToken).ConfigureAwait(false);
        await _compression.WriteAsync(new byte[2 * TarHeader.BlockBytes], cancellationToken).ConfigureAwait(false);
        await _compression.DisposeAsync().ConfigureAwait(false);
        if (_encryption is not null)
        {
            await _encryption.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }

        return manifest;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _file.Clear(); // It may have held keys.
        await _compression.DisposeAsync().ConfigureAwait(false);
        if (_encryption is not null)
        {
            await _encryption.DisposeAsync().ConfigureAwait(false);
        }

        _hash.Dispose();
    }

    private async ValueTask EndPartAsync(CancellationToken cancellationToken)
    {
        if (_part is null)
        {
            return;
        }

        await EndFileAsync(cancellationToken).ConfigureAwait(false);
        _parts.Add(new ArchivePartInfo(_part, _lines, _bytes, Convert.ToHexStringLower(_hash.GetHashAndReset())));
        (_part, _files, _lines, _bytes) = (null, 0, 0, 0);
    }

    private async ValueTask EndFileAsync(CancellationToken cancellationToken)
    {
        if (_file.WrittenCount > 0)
        {
            _hash.AppendData(_file.WrittenSpan);
            _bytes += _file.WrittenCount;
            await WriteFileAsync($"{_part}/{++_files:D8}.jsonl", _file.WrittenMemory, cancellationToken).ConfigureAwait(false);
            _file.Clear(); // It may have held keys.
        }
    }

    private async ValueTask WriteFileAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await _compression.WriteAsync(TarHeader.Write(name, content.Length, _time), cancellationToken).ConfigureAwait(false);
        await _compression.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        var padding = -content.Length & (TarHeader.BlockBytes - 1);
        await _compression.WriteAsync(new byte[padding], cancellationToken).ConfigureAwait(false);
    }
}
