using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// Reads an archive in one pass and constant memory, and checks all of it: encryption, files, hashes, counts. What is wrong is told before
/// the end is reached, so who reads it twice, once to check and once to use it, never uses one that is damaged.
/// </summary>
public sealed class ArchiveReader : IAsyncDisposable
{
    // A file of ours is 1 MiB and one line; a line is a twin of 72 KiB with its metadata, or a deployment.
    private const int MaxFileBytes = 32 * 1024 * 1024;

    private static readonly byte[] s_age = [.. "age-encryption.org/"u8];

    private readonly Stream _source;
    private readonly AgeReadStream? _encryption;
    private readonly GZipStream _compression;
    private readonly List<ArchivePartInfo> _parts = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string? _part;
    private int _files;
    private long _lines;
    private long _bytes;
    private long _total;

    private ArchiveReader(Stream source, AgeReadStream? encryption)
    {
        _source = source;
        _encryption = encryption;
        _compression = new GZipStream((Stream?)encryption ?? source, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>Gets what the archive says of itself: once all lines were read.</summary>
    public ArchiveManifest? Manifest { get; private set; }

    /// <summary>Gets a value indicating whether the archive is encrypted.</summary>
    public bool IsEncrypted => _encryption is not null;

    /// <summary>Opens an archive.</summary>
    /// <param name="source">A stream that can be sought; it is closed with the reader.</param>
    /// <param name="key">What opens it; not used for one that is not encrypted.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="IOException">It is no archive, it is encrypted and there is no key, or the key does not open it.</exception>
    public static async Task<ArchiveReader> OpenAsync(Stream source, AgeKey? key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var start = new byte[s_age.Length];
        var count = await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        source.Seek(-count, SeekOrigin.Current);
        if (start.AsSpan().SequenceEqual(s_age))
        {
            return key is null or { Passphrase: null, Secret: null }
                ? throw new ArchiveException("The archive is encrypted; a passphrase or the secret key file is needed.")
                : new ArchiveReader(source, await AgeReadStream.OpenAsync(source, key, cancellationToken).ConfigureAwait(false));
        }

        return start is [0x1f, 0x8b, ..] ? new ArchiveReader(source, null) : throw new ArchiveException("The file is no archive of nave export.");
    }

    /// <summary>Reads the lines of all parts. At the end the manifest was checked against them.</summary>
    /// <exception cref="IOException">The archive is damaged, cut off or was altered.</exception>
    public async IAsyncEnumerable<ArchiveLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var block = new byte[TarHeader.BlockBytes];
        while (true)
        {
            await FillAsync(block, cancellationToken).ConfigureAwait(false);
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
            {
                break;
            }

            if (Manifest is not null)
            {
                throw new ArchiveException("The archive goes on after its manifest: it was altered.");
            }

            var content = await ReadFileAsync(block, cancellationToken).ConfigureAwait(false);
            if (content.Name == ArchiveWriter.ManifestName)
            {
                EndPart();
                Manifest = ReadManifest(content.Bytes);
                continue;
            }

            Begin(content.Name);
            _hash.AppendData(content.Bytes);
            _bytes += content.Bytes.Length;
            for (var rest = content.Bytes.AsMemory(); !rest.IsEmpty;)
            {
                var end = rest.Span.IndexOf((byte)'\n');
                if (end < 0)
                {
                    throw new ArchiveException($"The file '{content.Name}' in the archive ends inside a line.");
                }

                _lines++;
                yield return new ArchiveLine(_part!, rest[..end]); // Begin has set it.
                rest = rest[(end + 1)..];
            }
        }

        await EndAsync(block, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads all of it, to check it.</summary>
    /// <returns>The manifest.</returns>
    /// <exception cref="IOException">The archive is damaged, cut off or was altered.</exception>
    public async Task<ArchiveManifest> VerifyAsync(Func<ArchiveLine, string?>? check = null, CancellationToken cancellationToken = default)
    {
        await foreach (var line in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (check?.Invoke(line) is { } problem)
            {
                throw new ArchiveException($"A line of the part '{line.Part}' is wrong: {problem}");
            }
        }

        return Manifest!; // Without one reading fails.
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _compression.DisposeAsync().ConfigureAwait(false);
        if (_encryption is not null)
        {
            await _encryption.DisposeAsync().ConfigureAwait(false);
        }

        await _source.DisposeAsync().ConfigureAwait(false);
        _hash.Dispose();
    }

    private static ArchiveException CutOff() => new("The archive is cut off.");

    private async ValueTask FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            if (await _compression.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < buffer.Length)
            {
                throw CutOff();
            }

            _total += buffer.Length;
        }
        catch (InvalidDataException)
        {
            throw new ArchiveException("The archive cannot be decompressed: it is damaged or cut off.");
        }
    }

    private async ValueTask<(string Name, byte[] Bytes)> ReadFileAsync(byte[] header, CancellationToken cancellationToken)
    {
        if (!TarHeader.TryRead(header, out var name, out var size))
        {
            throw new ArchiveException("The archive has a file header that is damaged.");
        }

        if (size is < 0 or > MaxFileBytes)
        {
            throw new ArchiveException($"A file in the archive has {size} bytes; {MaxFileBytes} are permitted.");
        }

        // Read as it comes: a length that lies costs no memory.
        var padded = (size + TarHeader.BlockBytes - 1) / TarHeader.BlockBytes * TarHeader.BlockBytes;
        using var content = new MemoryStream();
        var piece = new byte[64 * 1024];
        for (var left = padded; left > 0;)
        {
            var part = piece.AsMemory(0, (int)Math.Min(left, piece.Length));
            await FillAsync(part, cancellationToken).ConfigureAwait(false);
            content.Write(part.Span);
            left -= part.Length;
        }

        content.SetLength(size);
        return (name, content.ToArray());
    }

    private void Begin(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var part = slash < 0 ? name : name[..slash];
        if (!ArchivePart.All.Contains(part, StringComparer.Ordinal))
        {
            throw new ArchiveException("The archive has a file that is none of its parts.");
        }

        if (part != _part)
        {
            EndPart();
            _part = part;
        }

        if (name != $"{part}/{++_files:D8}.jsonl")
        {
            throw new ArchiveException($"The files of the part '{part}' are not in their order: one is missing.");
        }
    }

    private void EndPart()
    {
        if (_part is not null)
        {
            _parts.Add(new ArchivePartInfo(_part, _lines, _bytes, Convert.ToHexStringLower(_hash.GetHashAndReset())));
            (_part, _files, _lines, _bytes) = (null, 0, 0, 0);
        }
    }

    private ArchiveManifest ReadManifest(byte[] json)
    {
        ArchiveManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(json, ArchiveJson.Default.ArchiveManifest);
        }
        catch (JsonException)
        {
            throw new ArchiveException("The archive's manifest is not JSON of its form.");
        }

        if (manifest is not { Format: ArchiveManifest.FormatName, Version: ArchiveManifest.FormatVersion, Parts: not null })
        {
            throw new ArchiveException($"The archive is of another format or version; {ArchiveManifest.FormatName} {ArchiveManifest.FormatVersion} can be read.");
        }

        if (!manifest.Parts.SequenceEqual(_parts))
        {
            throw new ArchiveException("The archive's parts are not what its manifest says: it was altered or is damaged.");
        }

        return manifest;
    }

    private async ValueTask EndAsync(byte[] block, CancellationToken cancellationToken)
    {
        if (Manifest is null)
        {
            throw new ArchiveException("The archive has no manifest: it is cut off.");
        }

        // To the very end, for only there is it certain that nothing was cut off or added.
        await FillAsync(block, cancellationToken).ConfigureAwait(false);
        try
        {
            if (block.AsSpan().ContainsAnyExcept((byte)0) || await _compression.ReadAsync(block, cancellationToken).ConfigureAwait(false) > 0
                || (_encryption is not null && await _encryption.ReadAsync(block, cancellationToken).ConfigureAwait(false) > 0))
            {
                throw new ArchiveException("The archive goes on after its end: it was altered.");
            }
        }
        catch (InvalidDataException)
        {
            throw new ArchiveException("The archive cannot be decompressed to its end: it is damaged.");
        }

        // The runtime does not miss the trailer of gzip, which ends with the length of what was compressed (RFC 1952, 2.3.1).
        if (_encryption is null)
        {
            var length = new byte[sizeof(uint)];
            _source.Seek(-length.Length, SeekOrigin.End);
            await _source.ReadExactlyAsync(length, cancellationToken).ConfigureAwait(false);
            if (BinaryPrimitives.ReadUInt32LittleEndian(length) != (uint)_total)
            {
                throw CutOff();
            }
        }
    }
}
