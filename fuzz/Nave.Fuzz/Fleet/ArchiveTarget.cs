using System.IO.Compression;
using System.Text;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Fuzz.Fleet;

/// <summary>Archives of <c>nave export</c>. An input is the tar file; it is compressed here, for gzip would hide nearly all mutations.</summary>
internal sealed class ArchiveTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "archive";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } = [Seed(0), Seed(1), Seed(20)];

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Words { get; } =
        [.. ((string[])["registry/00000001.jsonl", "registry/00000002.jsonl", "configurations/00000001.jsonl", "manifest.json", "ustar", "\n", "77777777777"]).Select(Encoding.ASCII.GetBytes)];

    /// <inheritdoc/>
    public int Cost => 20;

    /// <summary>What compression takes both ways, a piece of 64 KiB for each file, and its content a few times.</summary>
    /// <inheritdoc/>
    public long AllocationLimit(int length) => (2 * 1024 * 1024) + (1024L * length);

    /// <inheritdoc/>
    public bool Execute(byte[] input)
    {
        try
        {
            Read(input);
            return true;
        }
        catch (ArchiveException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Verify(byte[] input)
    {
        if (Read(input) != Read(input))
        {
            throw new InvalidOperationException("An archive is read differently the second time.");
        }
    }

    private static long Read(byte[] tar)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        file.Position = 0;
        return ReadAsync(file).GetAwaiter().GetResult();
    }

    private static async Task<long> ReadAsync(Stream file)
    {
        await using var archive = await ArchiveReader.OpenAsync(file, null, CancellationToken.None).ConfigureAwait(false);
        return (await archive.VerifyAsync(ArchiveLines.Check).ConfigureAwait(false)).Parts.Sum(part => part.Lines);
    }

    private static byte[] Seed(int devices)
    {
        using var file = new MemoryStream();
        WriteAsync(file, devices).GetAwaiter().GetResult();
        file.Position = 0;
        using var tar = new MemoryStream();
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        gzip.CopyTo(tar);
        return tar.ToArray();
    }

    private static async Task WriteAsync(Stream file, int devices)
    {
        await using var archive = await ArchiveWriter.OpenAsync(file, null, DateTimeOffset.UnixEpoch, CancellationToken.None).ConfigureAwait(false);
        for (var i = 0; i < devices; i++)
        {
            await archive.AddAsync(ArchivePart.Registry, Encoding.UTF8.GetBytes($$"""{"id":"d{{i}}","tags":{"n":{{i}} } }"""), CancellationToken.None).ConfigureAwait(false);
        }

        await archive.AddAsync(ArchivePart.Configurations, """{"id":"c","priority":1}"""u8.ToArray(), CancellationToken.None).ConfigureAwait(false);
        await archive.CompleteAsync(new ArchiveManifest { Hub = "hub.test", Devices = devices }, CancellationToken.None).ConfigureAwait(false);
    }
}
