using Nave.Storage.Blobs;
using Nave.Testing;

namespace Nave.Storage.Tests.Blobs;

/// <summary>The contract, kept by a folder; and what is the file system's.</summary>
public sealed class LocalBlobContainerTests : BlobContainerContract
{
    private readonly TemporaryFolder _folder = new();

    private string Root => _folder.File("containers");

    [Fact]
    public void A_folder_outside_the_permitted_ones_is_refused_however_it_is_written()
    {
        string[] uris =
        [
            $"file://{_folder.File("elsewhere")}",
            $"file://{Root}-beside",
            $"file://{Root}/../elsewhere",
            $"file://{Root}/%2e%2e/elsewhere",
            $"file://{Root}/a/%2E%2E/%2E%2E/elsewhere",
            "file:///",
        ];
        foreach (var uri in uris)
        {
            var thrown = Assert.Throws<BlobException>(() => BlobContainers.Open(uri, new BlobContainerOptions { FileRoots = [Root] }));
            Assert.True(thrown.Error is BlobError.Denied or BlobError.Invalid, uri);
        }

        Assert.Equal(BlobError.Denied, Assert.Throws<BlobException>(() => BlobContainers.Open($"file://{Root}", new BlobContainerOptions { FileRoots = [] })).Error);
        using var permitted = BlobContainers.Open($"file://{Root}/below/", new BlobContainerOptions { FileRoots = [Root] });
        Assert.Equal($"file://{Root}/below", permitted.Address.ToString());
    }

    [Theory]
    [InlineData("file://server/share")]
    [InlineData("file:///tmp/x?query")]
    [InlineData("/tmp/x")]
    [InlineData("relative")]
    [InlineData("ftp://host/x")]
    [InlineData("https://account.blob.core.windows.net/container")]
    [InlineData("https://account.blob.core.windows.net/?sig=x")]
    [InlineData("https://user:secret@account.blob.core.windows.net/container?sig=x")]
    [InlineData("http://account.blob.core.windows.net/container?sv=1&sig=x")]
    public void A_uri_that_is_not_one_of_a_container_is_refused(string uri)
    {
        var thrown = Assert.Throws<BlobException>(() => BlobContainers.Open(uri, new BlobContainerOptions()));
        Assert.Equal(BlobError.Invalid, thrown.Error);
        Assert.DoesNotContain("sig=x", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_are_neither_followed_nor_listed()
    {
        await WriteAsync("real", "x"u8.ToArray());
        Directory.CreateDirectory(_folder.File("elsewhere"));
        await File.WriteAllTextAsync(_folder.File("elsewhere/secret"), "secret", Deadline);
        Directory.CreateSymbolicLink(Path.Combine(Root, "folder"), _folder.File("elsewhere"));
        File.CreateSymbolicLink(Path.Combine(Root, "file"), _folder.File("elsewhere/secret"));

        Assert.Equal(["real"], await ListAsync(""));
        foreach (var name in (string[])["folder/secret", "file"])
        {
            Assert.Equal(BlobError.Denied, (await Assert.ThrowsAsync<BlobException>(() => Container.OpenReadAsync(name, 0, null, Deadline))).Error);
            Assert.Equal(BlobError.Denied, (await Assert.ThrowsAsync<BlobException>(() => WriteAsync(name, "y"u8.ToArray()))).Error);
            Assert.Equal(BlobError.Denied, (await Assert.ThrowsAsync<BlobException>(() => Container.DeleteAsync(name, Deadline))).Error);
        }

        Assert.Equal(BlobError.Denied, Assert.Throws<BlobException>(() => BlobContainers.Open($"file://{Root}/folder", new BlobContainerOptions { FileRoots = [Root] })).Error);
    }

    [Fact]
    public async Task What_a_writer_that_died_left_is_no_blob_and_goes_after_a_week()
    {
        await WriteAsync("blob", "x"u8.ToArray());
        var (old, young) = (Path.Combine(Root, "1.nave-part"), Path.Combine(Root, "2.nave-part"));
        await File.WriteAllTextAsync(old, "half", Deadline);
        await File.WriteAllTextAsync(young, "half", Deadline);
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-8));

        Assert.Equal(["blob"], await ListAsync(""));
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => Container.FindAsync("2.nave-part", Deadline))).Error);
        await WriteAsync("other", "x"u8.ToArray());
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public async Task What_dead_writers_left_is_removed_in_the_container_and_not_where_its_links_lead()
    {
        await WriteAsync("folder/blob", "x"u8.ToArray());
        Directory.CreateDirectory(_folder.File("elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), _folder.File("elsewhere"));
        string[] inside = [Path.Combine(Root, "1.nave-part"), Path.Combine(Root, "folder", "2.nave-part")];
        var outside = _folder.File("elsewhere/3.nave-part");
        foreach (var file in (string[])[.. inside, outside])
        {
            await File.WriteAllTextAsync(file, "half", Deadline);
        }

        BlobContainers.RemoveUnfinished($"file://{Root}", new BlobContainerOptions { FileRoots = [_folder.Path] });
        BlobContainers.RemoveUnfinished($"file://{Root}/nowhere", new BlobContainerOptions { FileRoots = [_folder.Path] });
        Assert.DoesNotContain(inside, File.Exists);
        Assert.True(File.Exists(outside));
        Assert.Equal(["folder/blob"], await ListAsync(""));
    }

    [Fact]
    public async Task A_blob_beneath_a_blob_is_refused_and_so_is_one_where_others_are_beneath()
    {
        await WriteAsync("a", "x"u8.ToArray());
        await WriteAsync("b/c", "x"u8.ToArray());

        Assert.NotEqual(BlobError.Exists, (await Assert.ThrowsAsync<BlobException>(() => WriteAsync("a/b", "x"u8.ToArray()))).Error);
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => WriteAsync("b", "x"u8.ToArray()))).Error);
        Assert.Equal(["a", "b/c"], await ListAsync(""));
    }

    [Fact]
    public async Task A_reader_goes_on_with_the_blob_that_it_opened_when_another_takes_its_place()
    {
        await WriteAsync("blob", "the first"u8.ToArray());
        await using var stream = await Container.OpenReadAsync("blob", 0, null, Deadline);
        await WriteAsync("blob", "another"u8.ToArray());

        using var reader = new StreamReader(stream!);
        Assert.Equal("the first", await reader.ReadToEndAsync(Deadline));
    }

    protected override ValueTask<IBlobContainer> OpenAsync() =>
        ValueTask.FromResult(BlobContainers.Open($"file://{Root}", new BlobContainerOptions { BlockBytes = BlockBytes, FileRoots = [_folder.Path] }));

    protected override ValueTask CleanUpAsync()
    {
        _folder.Dispose();
        return default;
    }
}
