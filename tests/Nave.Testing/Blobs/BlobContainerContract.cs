using System.Security.Cryptography;
using System.Text;
using Nave.Storage.Blobs;
using Xunit;

namespace Nave.Testing;

/// <summary>What every <see cref="IBlobContainer"/> must do. A class for each kind derives from it and says how one is made.</summary>
public abstract class BlobContainerContract : IAsyncLifetime
{
    /// <summary>The size of blocks under test: small, so that blobs have several.</summary>
    protected const int BlockBytes = 1000;

    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private IBlobContainer? _container;

    /// <summary>Gets the container under test.</summary>
    protected IBlobContainer Container => _container ?? throw new InvalidOperationException("The container is not open.");

    /// <summary>Gets a token that ends a test that hangs.</summary>
    protected CancellationToken Deadline => _deadline.Token;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(TimeSpan.FromMinutes(2));
        _container = await OpenAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _container?.Dispose();
        _deadline.Dispose();
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockBytes)]
    [InlineData(BlockBytes + 1)]
    [InlineData((7 * BlockBytes) + 77)]
    public async Task A_blob_is_read_as_it_was_written_whatever_its_size(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        await WriteAsync("a/b c/ü+%&?#.bin", bytes);

        Assert.Equal(bytes, await ReadAsync("a/b c/ü+%&?#.bin"));
        var item = await Container.FindAsync("a/b c/ü+%&?#.bin", Deadline);
        Assert.Equal((item?.Name, item?.Length), ("a/b c/ü+%&?#.bin", length));
        Assert.InRange(item!.LastModified, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
    }

    [Fact]
    public async Task Parts_of_a_blob_are_read_by_offset_and_length()
    {
        await WriteAsync("blob", "0123456789"u8.ToArray());

        Assert.Equal("3456789", await ReadTextAsync(3, null));
        Assert.Equal("345", await ReadTextAsync(3, 3));
        Assert.Equal("9", await ReadTextAsync(9, 100));
        Assert.Equal("", await ReadTextAsync(3, 0));
        Assert.Equal("", await ReadTextAsync(10, null));
        Assert.Equal("", await ReadTextAsync(1000, 5));

        async Task<string> ReadTextAsync(long offset, long? length) => Encoding.ASCII.GetString(await ReadAsync("blob", offset, length));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_read_or_deleted()
    {
        Assert.Null(await Container.FindAsync("none", Deadline));
        Assert.Null(await Container.OpenReadAsync("none", 0, null, Deadline));
        Assert.Null(await Container.OpenReadAsync("none/below", 5, 0, Deadline));
        Assert.False(await Container.DeleteAsync("none", Deadline));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task Nothing_is_visible_before_the_commit_and_nothing_is_left_without_it()
    {
        await using (var writer = await Container.OpenWriteAsync("folder/blob", BlobWriteOptions.Default, Deadline))
        {
            await writer.WriteAsync(new byte[(3 * BlockBytes) + 5], Deadline);
            Assert.Null(await Container.FindAsync("folder/blob", Deadline));
            Assert.Empty(await ListAsync(""));
        }

        Assert.Null(await Container.FindAsync("folder/blob", Deadline));
        Assert.Null(await Container.OpenReadAsync("folder/blob", 0, null, Deadline));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task A_blob_is_replaced_whole_and_stays_as_it_was_when_the_new_one_is_not_committed()
    {
        await WriteAsync("blob", new byte[2 * BlockBytes]);
        await using (var writer = await Container.OpenWriteAsync("blob", BlobWriteOptions.Default, Deadline))
        {
            await writer.WriteAsync(new byte[BlockBytes + 5], Deadline);
        }

        Assert.Equal(2 * BlockBytes, (await Container.FindAsync("blob", Deadline))?.Length);
        await WriteAsync("blob", "new"u8.ToArray());
        Assert.Equal("new"u8.ToArray(), await ReadAsync("blob"));
    }

    [Fact]
    public async Task Of_two_writers_of_one_blob_each_commits_its_own_and_the_later_stays()
    {
        await using var first = await Container.OpenWriteAsync("blob", BlobWriteOptions.Default, Deadline);
        await using var second = await Container.OpenWriteAsync("blob", BlobWriteOptions.Default, Deadline);
        await first.WriteAsync(Filled(1, BlockBytes + 10), Deadline);
        await second.WriteAsync(Filled(2, BlockBytes + 20), Deadline);
        await first.CommitAsync(Deadline);
        Assert.Equal(Filled(1, BlockBytes + 10), await ReadAsync("blob"));
        await WriteAsync("blob", Filled(3, (2 * BlockBytes) + 30));

        Assert.Equal(Filled(3, (2 * BlockBytes) + 30), await ReadAsync("blob"));
    }

    [Fact]
    public async Task A_blob_that_has_to_be_absent_is_not_replaced()
    {
        var onlyIfAbsent = new BlobWriteOptions { OnlyIfAbsent = true };
        await WriteAsync("blob", "first"u8.ToArray(), onlyIfAbsent);
        var thrown = await Assert.ThrowsAsync<BlobException>(() => WriteAsync("blob", "second"u8.ToArray(), onlyIfAbsent));

        Assert.Equal(BlobError.Exists, thrown.Error);
        Assert.Equal("first"u8.ToArray(), await ReadAsync("blob"));
        Assert.Equal(["blob"], await ListAsync(""));
    }

    [Fact]
    public async Task A_listing_has_every_blob_once_in_the_order_of_names_and_only_those_with_the_prefix()
    {
        string[] names = ["a-1", "a.txt", "a/0", "a/b/1", "a/b/2", "a/b.txt", "a0", "b", "Z", "ä/1", "jobs/1/x<&>'y", "jobs/2/x"];
        foreach (var name in names)
        {
            await WriteAsync(name, Encoding.UTF8.GetBytes(name));
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), await ListAsync(""));
        Assert.Equal(["a/0", "a/b.txt", "a/b/1", "a/b/2"], await ListAsync("a/"));
        Assert.Equal(["a/b.txt", "a/b/1", "a/b/2"], await ListAsync("a/b"));
        Assert.Equal(["jobs/1/x<&>'y"], await ListAsync("jobs/1/x<&"));
        Assert.Empty(await ListAsync("c"));
        await foreach (var item in Container.ListAsync("", Deadline))
        {
            Assert.Equal(Encoding.UTF8.GetByteCount(item.Name), item.Length);
        }
    }

    [Fact]
    public async Task A_deleted_blob_is_gone()
    {
        await WriteAsync("a/blob", "x"u8.ToArray());
        await WriteAsync("a/other", "x"u8.ToArray());

        Assert.True(await Container.DeleteAsync("a/blob", Deadline));
        Assert.False(await Container.DeleteAsync("a/blob", Deadline));
        Assert.Null(await Container.FindAsync("a/blob", Deadline));
        Assert.Equal(["a/other"], await ListAsync(""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/absolute")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/./b")]
    [InlineData("a\\..\\b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public async Task A_name_that_could_lead_elsewhere_is_refused_by_every_operation(string name)
    {
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => Container.FindAsync(name, Deadline))).Error);
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => Container.OpenReadAsync(name, 0, null, Deadline))).Error);
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => Container.OpenWriteAsync(name, BlobWriteOptions.Default, Deadline))).Error);
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => Container.DeleteAsync(name, Deadline))).Error);
    }

    [Fact]
    public async Task A_name_may_have_1024_characters_and_no_more()
    {
        var longest = string.Join('/', Enumerable.Repeat(new string('n', 204), 5));
        Assert.Equal(1024, longest.Length);
        await WriteAsync(longest, "x"u8.ToArray());
        Assert.Equal([longest], await ListAsync(""));

        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => WriteAsync(longest + "n", "x"u8.ToArray()))).Error);
    }

    [Fact]
    public async Task A_writer_that_is_done_takes_nothing_more()
    {
        await using var writer = await Container.OpenWriteAsync("blob", BlobWriteOptions.Default, Deadline);
        await writer.WriteAsync("x"u8.ToArray(), Deadline);
        Assert.Equal(1, writer.Length);
        await writer.CommitAsync(Deadline);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.CommitAsync(Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await writer.WriteAsync("y"u8.ToArray(), Deadline));
        Assert.Equal("x"u8.ToArray(), await ReadAsync("blob"));
    }

    /// <summary>Makes an empty container and opens it with <see cref="BlockBytes"/>.</summary>
    protected abstract ValueTask<IBlobContainer> OpenAsync();

    /// <summary>Removes what <see cref="OpenAsync"/> made.</summary>
    protected virtual ValueTask CleanUpAsync() => default;

    /// <summary>Writes a blob.</summary>
    protected async Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobWriteOptions? options = null)
    {
        await using var writer = await Container.OpenWriteAsync(name, options ?? BlobWriteOptions.Default, Deadline);

        // In pieces that are not blocks.
        for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, 333)..])
        {
            await writer.WriteAsync(rest[..Math.Min(rest.Length, 333)], Deadline);
        }

        await writer.CommitAsync(Deadline);
    }

    /// <summary>Reads a blob that is there.</summary>
    protected async Task<byte[]> ReadAsync(string name, long offset = 0, long? length = null)
    {
        await using var stream = await Container.OpenReadAsync(name, offset, length, Deadline);
        Assert.NotNull(stream);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Deadline);
        return copy.ToArray();
    }

    /// <summary>Lists names.</summary>
    protected async Task<List<string>> ListAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var item in Container.ListAsync(prefix, Deadline))
        {
            names.Add(item.Name);
        }

        return names;
    }

    private static byte[] Filled(byte value, int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }
}
