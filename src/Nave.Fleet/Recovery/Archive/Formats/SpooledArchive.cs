using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Sorting;
using Nave.Storage.Blobs;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// An export in a form of Azure's, read once into an archive of its own: sorted, with a manifest, and locked with a key that is never
/// written. So it is imported as any archive is (checked before anything is written, a part of it, tried, resumed), and it cannot
/// change between the check and the import. Disposing of it deletes the file.
/// </summary>
public sealed class SpooledArchive : IDisposable
{
    private readonly AgeKey _key = AgeKey.Parse(AgeKey.Generate());
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"nave-import-{Guid.NewGuid():n}");

    private SpooledArchive()
    {
    }

    /// <summary>Reads the blobs of an export job.</summary>
    /// <exception cref="IOException">They are not there or not whole, or the container refuses or fails.</exception>
    public static Task<SpooledArchive> OfBlobsAsync(IBlobContainer container, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(container);
        return OfAsync(AzureBlobLines.ReadAsync(container, cancellationToken), container.Address.ToString(), cancellationToken);
    }

    /// <summary>Reads a state file of <c>az iot hub state export</c>.</summary>
    /// <param name="source">The file; it stays open.</param>
    /// <param name="name">What it is called in reports.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">It is none, or not whole.</exception>
    public static Task<SpooledArchive> OfAzStateAsync(Stream source, string name, CancellationToken cancellationToken) =>
        OfAsync(AzStateReader.ReadAsync(source, cancellationToken), name, cancellationToken);

    /// <summary>Opens the archive, each time anew.</summary>
    public async Task<ArchiveReader> OpenAsync(CancellationToken cancellationToken)
    {
        var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
        try
        {
            return await ArchiveReader.OpenAsync(stream, _key, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_path);

    private static async Task<SpooledArchive> OfAsync(IAsyncEnumerable<ArchiveLine> lines, string name, CancellationToken cancellationToken)
    {
        var spooled = new SpooledArchive();
        try
        {
            await spooled.WriteAsync(lines, name, cancellationToken).ConfigureAwait(false);
            return spooled;
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    private static bool HasKeys(ExportImportDevice line) => !string.IsNullOrEmpty(line.Authentication?.SymmetricKey?.PrimaryKey);

    private async Task WriteAsync(IAsyncEnumerable<ArchiveLine> lines, string name, CancellationToken cancellationToken)
    {
        // 1. All of it, sorted: whose hand wrote the file is not known.
        using var registry = new ExternalSorter();
        var configurations = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var hasKeys = false;
        await foreach (var line in lines.ConfigureAwait(false))
        {
            if (ArchiveLines.Check(line) is { } problem)
            {
                throw new ArchiveException($"A line of the part '{line.Part}' is wrong: {problem}");
            }

            if (line.Part == ArchivePart.Registry)
            {
                var device = JsonSerializer.Deserialize(line.Json.Span, ApiJson.Default.ExportImportDevice)!; // It was checked above.
                hasKeys |= HasKeys(device);
                registry.Add(Encoding.UTF8.GetBytes($"{device.Id}\0{device.ModuleId}"), line.Json.Span);
            }
            else
            {
                var id = JsonSerializer.Deserialize(line.Json.Span, ApiJson.Default.ExportImportConfiguration)!.Id ?? "";
                if (!configurations.TryAdd(id, line.Json.ToArray()))
                {
                    throw new ArchiveException($"The configuration '{id}' is there twice.");
                }
            }
        }

        // 2. Into a file that only this process can read.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 256 * 1024, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var (devices, modules, before) = (0L, 0L, Array.Empty<byte>());
        await using var file = new FileStream(_path, options);
        await using var archive = await ArchiveWriter.OpenAsync(file, _key, DateTimeOffset.UnixEpoch, cancellationToken).ConfigureAwait(false);
        foreach (var record in registry.Read())
        {
            var key = record.Key.ToArray();
            if (key.AsSpan().SequenceEqual(before))
            {
                throw new ArchiveException($"'{Encoding.UTF8.GetString(key).TrimEnd('\0').Replace('\0', '/')}' is there twice.");
            }

            before = key;
            _ = key[^1] == 0 ? devices++ : modules++;
            await archive.AddAsync(ArchivePart.Registry, record.Value, cancellationToken).ConfigureAwait(false);
        }

        foreach (var line in configurations.Values)
        {
            await archive.AddAsync(ArchivePart.Configurations, line, cancellationToken).ConfigureAwait(false);
        }

        await archive.CompleteAsync(new ArchiveManifest { Hub = name, HasKeys = hasKeys, Devices = devices, Modules = modules }, cancellationToken).ConfigureAwait(false);
    }
}
