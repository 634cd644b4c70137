using System.Text;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Fleet.Tests.Recovery.Archive;

public sealed class ArchiveTests
{
    private static readonly DateTimeOffset s_time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lines_come_back_in_order_and_the_manifest_says_what_they_are(bool isEncrypted)
    {
        var key = isEncrypted ? AgeKey.Parse(AgeKey.Generate()) : null;
        var file = await WriteAsync(key, 20_000);
        var (lines, manifest) = await ReadAsync(file, key);
        Assert.Equal(20_003, lines.Count);
        Assert.Equal((ArchivePart.Registry, """{"id":"d0"}"""), lines[0]);
        Assert.Equal((ArchivePart.Configurations, """{"id":"c"}"""), lines[^3]);
        Assert.Equal(("hub.test", s_time, 20_000L), (manifest.Hub, manifest.Created, manifest.Devices));
        Assert.Equal([20_000L, 1, 2], manifest.Parts.Select(part => part.Lines));
        Assert.All(manifest.Parts, part => Assert.Equal(64, part.Sha256.Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_cut_off_or_altered_anywhere_is_refused(bool isEncrypted)
    {
        var key = isEncrypted ? AgeKey.Parse(AgeKey.Generate()) : null;
        var file = await WriteAsync(key, 50);
        var whole = await ReadAsync(file, key);
        for (var at = 0; at < file.Length; at += at < file.Length - 20 ? 3 : 1)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(file[..at], key));
            var altered = (byte[])file.Clone();
            altered[at] ^= 0x10;
            try
            {
                // Without encryption, bits that mean nothing (a time in a header of gzip) may change; then the content is the same.
                Assert.Equal(whole.Lines, (await ReadAsync(altered, key)).Lines);
                Assert.False(isEncrypted);
            }
            catch (IOException)
            {
            }
        }
    }

    [Fact]
    public async Task One_that_is_encrypted_needs_its_key()
    {
        var key = AgeKey.OfPassphrase("right");
        var file = await WriteAsync(key, 1);
        Assert.Contains("passphrase", (await Assert.ThrowsAsync<ArchiveException>(() => ReadAsync(file, null))).Message, StringComparison.Ordinal);
        Assert.Contains("passphrase", (await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(file, AgeKey.OfPassphrase("wrong")))).Message, StringComparison.Ordinal);
        Assert.Equal(4, (await ReadAsync(file, key)).Lines.Count);
    }

    [Fact]
    public async Task A_file_that_is_no_archive_is_refused()
    {
        foreach (var text in (string[])["", "x", "age-encryption.org/v1\n", "\u001f\u008b", new('x', 10_000)])
        {
            await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(Encoding.Latin1.GetBytes(text), AgeKey.OfPassphrase("any")));
        }
    }

    private static async Task<byte[]> WriteAsync(AgeKey? key, int devices)
    {
        var file = new MemoryStream();
        await using var writer = await ArchiveWriter.OpenAsync(file, key, s_time, Token);
        for (var i = 0; i < devices; i++)
        {
            await writer.AddAsync(ArchivePart.Registry, Encoding.UTF8.GetBytes($$"""{"id":"d{{i}}"}"""), Token);
        }

        await writer.AddAsync(ArchivePart.Configurations, """{"id":"c"}"""u8.ToArray(), Token);
        await writer.AddAsync(ArchivePart.Enrollments, """{"registrationId":"a"}"""u8.ToArray(), Token);
        await writer.AddAsync(ArchivePart.Enrollments, """{"registrationId":"b"}"""u8.ToArray(), Token);
        await writer.CompleteAsync(new ArchiveManifest { Hub = "hub.test", Devices = devices }, Token);
        return file.ToArray();
    }

    private static async Task<(List<(string Part, string Json)> Lines, ArchiveManifest Manifest)> ReadAsync(byte[] file, AgeKey? key)
    {
        await using var reader = await ArchiveReader.OpenAsync(new MemoryStream(file), key, Token);
        var lines = new List<(string, string)>();
        await foreach (var line in reader.ReadAsync(Token))
        {
            lines.Add((line.Part, Encoding.UTF8.GetString(line.Json.Span)));
        }

        return (lines, reader.Manifest!);
    }
}
