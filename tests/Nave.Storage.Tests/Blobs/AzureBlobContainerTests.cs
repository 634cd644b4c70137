using System.Text;
using Nave.Storage.Blobs;
using Nave.Testing;

namespace Nave.Storage.Tests.Blobs;

/// <summary>The contract, kept by a container of Azurite; and what is the network's.</summary>
public sealed class AzureBlobContainerTests(AzuriteFixture azurite) : BlobContainerContract, IClassFixture<AzuriteFixture>
{
    private string _uri = "";

    [Fact]
    public async Task A_lost_connection_is_gone_on_from_where_it_broke()
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(static i => $"{i:D7} ")));
        await WriteAsync("blob", bytes);
        await using var relay = new FaultyRelay(azurite.Server.Endpoint);
        relay.Break(FaultyRelay.CutAfter(100), FaultyRelay.CutAfter(30_000), FaultyRelay.CutAfter(20_000));
        using var container = Through(relay);

        await using var stream = await container.OpenReadAsync("blob", 10, null, Deadline);
        using var copy = new MemoryStream();
        await stream!.CopyToAsync(copy, Deadline);

        Assert.Equal(bytes[10..], copy.ToArray());
        Assert.Equal(0, relay.Left);
    }

    [Fact]
    public async Task A_blob_that_is_replaced_while_it_is_read_is_not_read_on()
    {
        await WriteAsync("blob", new byte[40_000]);
        await using var relay = new FaultyRelay(azurite.Server.Endpoint);
        relay.Break(FaultyRelay.CutAfter(5_000));
        using var container = Through(relay);
        await using var stream = await container.OpenReadAsync("blob", 0, null, Deadline);
        await WriteAsync("blob", new byte[40_001]);

        var thrown = await Assert.ThrowsAsync<BlobException>(() => stream!.CopyToAsync(Stream.Null, Deadline));
        Assert.Equal(BlobError.Changed, thrown.Error);
    }

    [Fact]
    public async Task Answers_that_may_pass_are_tried_again()
    {
        await using var relay = new FaultyRelay(azurite.Server.Endpoint);
        using var container = Through(relay);
        relay.Break(FaultyRelay.Answer("503 Service Unavailable"), FaultyRelay.Answer("429 Too Many Requests"), FaultyRelay.CutAfter(0), FaultyRelay.Answer("500 Internal Server Error"));
        await using (var writer = await container.OpenWriteAsync("blob", new BlobWriteOptions { OnlyIfAbsent = true }, Deadline))
        {
            await writer.WriteAsync(new byte[BlockBytes * 3], Deadline);
            await writer.CommitAsync(Deadline);
        }

        Assert.Equal(0, relay.Left);
        Assert.Equal(BlockBytes * 3, (await Container.FindAsync("blob", Deadline))?.Length);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_known_as_ours()
    {
        await using var relay = new FaultyRelay(azurite.Server.Endpoint);
        using var container = Through(relay);
        await using var writer = await container.OpenWriteAsync("blob", new BlobWriteOptions { OnlyIfAbsent = true }, Deadline);
        await writer.WriteAsync("x"u8.ToArray(), Deadline);

        // The request for the block gets its answer; that for the list is done, and its answer is lost.
        relay.Break(FaultyRelay.Close(), FaultyRelay.LoseAnswer());
        await writer.CommitAsync(Deadline);

        Assert.Equal(0, relay.Left);
        Assert.Equal(["blob"], await ListAsync(""));
    }

    [Fact]
    public async Task A_store_that_stays_away_is_unavailable()
    {
        await using var relay = new FaultyRelay(azurite.Server.Endpoint);
        relay.Break([.. Enumerable.Repeat(FaultyRelay.Answer("503 Service Unavailable"), 6)]);
        using var container = Through(relay);

        var thrown = await Assert.ThrowsAsync<BlobException>(() => container.FindAsync("blob", Deadline));
        Assert.Equal(BlobError.Unavailable, thrown.Error);
        Assert.Equal(0, relay.Left);
    }

    [Fact]
    public async Task A_wrong_signature_an_ended_one_and_a_missing_permission_are_denied_and_never_shown()
    {
        var account = azurite.Server.StorageAccount;
        var name = new Uri(_uri).Segments[^1];
        var now = TimeProvider.System.GetUtcNow();
        string[] uris =
        [
            _uri[..^8] + "AAAAAAA%3D",
            account.ContainerUri(name, BlobAccess.Container, now.AddHours(-1)),
            account.ContainerUri(name, BlobAccess.Read | BlobAccess.List, now.AddHours(1)),
        ];
        foreach (var uri in uris)
        {
            using var container = BlobContainers.Open(uri, azurite.Server.Options);
            await using var writer = await container.OpenWriteAsync("blob", BlobWriteOptions.Default, Deadline);
            await writer.WriteAsync("x"u8.ToArray(), Deadline);
            var thrown = await Assert.ThrowsAsync<BlobException>(() => writer.CommitAsync(Deadline));

            Assert.Equal(BlobError.Denied, thrown.Error);
            Assert.DoesNotContain("sig=", thrown.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(uri.Split("sig=")[1], thrown.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("sig=", container.Address.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_container_that_is_not_there_is_said_so()
    {
        var account = azurite.Server.StorageAccount;
        using var container = BlobContainers.Open(account.ContainerUri("missing", BlobAccess.Container, TimeProvider.System.GetUtcNow().AddHours(1)), azurite.Server.Options);

        Assert.Equal(BlobError.NoContainer, (await Assert.ThrowsAsync<BlobException>(() => container.OpenReadAsync("blob", 0, null, Deadline))).Error);
        Assert.Equal(BlobError.NoContainer, (await Assert.ThrowsAsync<BlobException>(() => container.DeleteAsync("blob", Deadline))).Error);
        Assert.Equal(BlobError.NoContainer, (await Assert.ThrowsAsync<BlobException>(async () => await container.ListAsync("", Deadline).GetAsyncEnumerator(Deadline).MoveNextAsync())).Error);
    }

    [Fact]
    public async Task A_container_is_made_once()
    {
        var account = azurite.Server.StorageAccount;
        Assert.True(await account.CreateContainerAsync("made-once", azurite.Server.Options, Deadline));
        Assert.False(await account.CreateContainerAsync("made-once", azurite.Server.Options, Deadline));
        Assert.Equal(BlobError.Invalid, (await Assert.ThrowsAsync<BlobException>(() => account.CreateContainerAsync("Made_Once", azurite.Server.Options, Deadline))).Error);
    }

    [Fact]
    public async Task A_signature_of_one_blob_opens_that_blob_only()
    {
        await WriteAsync("d/file 1", "x"u8.ToArray());
        await WriteAsync("d/file 2", "x"u8.ToArray());
        var account = azurite.Server.StorageAccount;
        var name = new Uri(_uri).Segments[^1];
        var signature = account.SignBlob(name, "d/file 1", BlobAccess.Read, TimeProvider.System.GetUtcNow().AddHours(1));
        using var client = new HttpClient();

        using var own = await client.GetAsync(new Uri($"{account.UriOf(name)}/d/file%201?{signature}"), Deadline);
        using var other = await client.GetAsync(new Uri($"{account.UriOf(name)}/d/file%202?{signature}"), Deadline);

        Assert.Equal(("x", 403), (await own.Content.ReadAsStringAsync(Deadline), (int)other.StatusCode));
    }

    [Fact]
    public async Task It_works_over_tls_with_an_authority_of_ones_own_and_with_no_other()
    {
        await using var server = await AzuriteServer.StartAsync(tls: true);
        var uri = await server.CreateContainerAsync(Deadline);
        Assert.StartsWith("https://", uri, StringComparison.Ordinal);
        using var container = BlobContainers.Open(uri, server.Options);
        await using (var writer = await container.OpenWriteAsync("blob", BlobWriteOptions.Default, Deadline))
        {
            await writer.CommitAsync(Deadline);
        }

        Assert.Equal(0, (await container.FindAsync("blob", Deadline))?.Length);
        using var distrusting = BlobContainers.Open(uri, server.Options with { TrustedAuthorities = null });
        Assert.Equal(BlobError.Unavailable, (await Assert.ThrowsAsync<BlobException>(() => distrusting.FindAsync("blob", Deadline))).Error);
    }

    protected override async ValueTask<IBlobContainer> OpenAsync()
    {
        _uri = await azurite.Server.CreateContainerAsync(Deadline);

        // Pages of three, so that a listing has several.
        return BlobContainers.Open(_uri, azurite.Server.Options with { BlockBytes = BlockBytes, ListPageSize = 3 });
    }

    private IBlobContainer Through(FaultyRelay relay) =>
        BlobContainers.Open(_uri.Replace(azurite.Server.Endpoint.Authority, relay.Authority, StringComparison.Ordinal), azurite.Server.Options with { BlockBytes = BlockBytes });
}
