using System.Buffers.Binary;
using Nave.Storage;
using Xunit;

namespace Nave.Testing;

public abstract partial class StateStoreContract
{
    [Fact]
    public async Task A_document_reads_back_as_it_was_written()
    {
        var outcome = await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("one")));

        var document = await Store.ReadAsync(Twins, "a", Deadline);
        Assert.NotNull(document);
        Assert.Equal("a", document.Key);
        Assert.Equal("one", Text(document.Body));
        Assert.Equal(outcome.Version, document.Version);
        Assert.True(outcome is { Applied: true, Version: > 0, Conflict: -1 });
    }

    [Fact]
    public async Task A_document_that_was_never_written_is_null() => Assert.Null(await Store.ReadAsync(Twins, "none", Deadline));

    [Fact]
    public async Task An_empty_body_is_a_document_too()
    {
        await CommitAsync(new StateTransaction().Put(Twins, "a", ReadOnlyMemory<byte>.Empty));
        Assert.Equal("", await ReadTextAsync("a"));
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(1_000_000)]
    [InlineData(StateLimits.MaxBodyBytes)]
    public async Task A_large_body_is_kept_to_the_byte(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        await CommitAsync(new StateTransaction().Put(Twins, "a", body));

        var document = await Store.ReadAsync(Twins, "a", Deadline);
        Assert.True(body.AsSpan().SequenceEqual(document!.Body.Span));
    }

    [Fact]
    public async Task Collections_do_not_see_each_other()
    {
        await CommitAsync(new StateTransaction().Put("x", "a", Bytes("in x")).Put("y", "a", Bytes("in y")));
        await CommitAsync(new StateTransaction().Delete("y", "a"));

        Assert.Equal("in x", await ReadTextAsync("a", "x"));
        Assert.Null(await ReadTextAsync("a", "y"));
        await AssertScanAsync(["a"], new StateScan("x"));
        await AssertScanAsync([], new StateScan("y"));
    }

    [Theory]
    [InlineData("with\0nul")]
    [InlineData("'; DROP TABLE documents; --")]
    [InlineData("😀/ünïcode")]
    [InlineData("%_*?[a]")]
    public async Task Any_well_formed_key_names_its_own_document(string key)
    {
        await PutAsync(key, new StateTerm(key, key), new StateTerm(key, ""));
        await PutAsync("other");

        Assert.Equal(key, await ReadTextAsync(key));
        await AssertScanAsync([key], new StateScan(Twins) { Prefix = key });
        await AssertScanAsync([key], new StateScan(Twins) { AnyOf = [new StateTerm(key, key)] });
        await AssertScanAsync([key], new StateScan(Twins) { AnyOf = [new StateTerm(key, "")] });
    }

    [Fact]
    public async Task What_cannot_be_a_name_is_refused_at_the_door()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync(""));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync("half \uD83D pair"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync(new string('k', StateLimits.MaxKeyBytes + 1)));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync("a", new StateTerm("", "value")));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync("a", new StateTerm("name", new string('v', StateLimits.MaxTermBytes + 1))));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => CommitAsync(new StateTransaction().Put(Twins, "a", new byte[StateLimits.MaxBodyBytes + 1])));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(new StateTransaction().Put("", "a", Bytes("x"))));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("x"), -2)));
        await PutAsync(new string('k', StateLimits.MaxKeyBytes), new StateTerm("name", new string('v', StateLimits.MaxTermBytes)));
        Assert.Equal(1, await Store.CountAsync(new StateScan(Twins), Deadline));
    }

    [Fact]
    public async Task Deleting_removes_a_document_and_deleting_nothing_succeeds()
    {
        await PutAsync("a");
        Assert.True((await CommitAsync(new StateTransaction().Delete(Twins, "a"))).Applied);
        Assert.Null(await ReadTextAsync("a"));
        Assert.True((await CommitAsync(new StateTransaction().Delete(Twins, "a"))).Applied);
    }

    [Fact]
    public async Task Versions_only_grow_whatever_is_deleted_or_closed()
    {
        var last = await PutAsync("a");
        for (var i = 0; i < 3; i++)
        {
            await CommitAsync(new StateTransaction().Delete(Twins, "a"));
            await ReopenAsync();
            var next = await PutAsync("a");
            Assert.True(next > last, $"Version {next} came after {last}.");
            last = next;
        }
    }

    [Fact]
    public async Task All_documents_of_a_transaction_have_one_version()
    {
        var outcome = await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("1")).Put("other", "b", Bytes("2")));
        Assert.Equal(outcome.Version, (await Store.ReadAsync(Twins, "a", Deadline))!.Version);
        Assert.Equal(outcome.Version, (await Store.ReadAsync("other", "b", Deadline))!.Version);
    }

    [Fact]
    public async Task Absent_creates_once()
    {
        Assert.True((await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("first"), StateTransaction.Absent))).Applied);
        var second = await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("second"), StateTransaction.Absent));
        Assert.Equal(new StateOutcome(0, 0), second);
        Assert.Equal("first", await ReadTextAsync("a"));
    }

    [Fact]
    public async Task An_exact_version_is_written_over_once()
    {
        var version = await PutAsync("a");
        Assert.True((await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("second"), version))).Applied);
        Assert.False((await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("third"), version))).Applied);
        Assert.False((await CommitAsync(new StateTransaction().Delete(Twins, "a", version))).Applied);
        Assert.Equal("second", await ReadTextAsync("a"));
    }

    [Fact]
    public async Task A_version_of_what_is_gone_does_not_match_what_came_back()
    {
        var version = await PutAsync("a");
        Assert.True((await CommitAsync(new StateTransaction().Delete(Twins, "a", version))).Applied);
        Assert.False((await CommitAsync(new StateTransaction().Delete(Twins, "a", version))).Applied);
        await PutAsync("a");
        Assert.False((await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("late"), version))).Applied);
    }

    [Fact]
    public async Task A_refused_transaction_names_the_first_conflict_and_leaves_nothing()
    {
        var version = await PutAsync("a", new StateTerm("t", "old"));
        var outcome = await CommitAsync(new StateTransaction()
            .Put(Twins, "new", Bytes("x"))
            .Put(Twins, "a", Bytes("changed"), version, [new StateTerm("t", "new")])
            .Put(Twins, "b", Bytes("x"), expectedVersion: 77)
            .Put(Twins, "c", Bytes("x"), expectedVersion: 78)
            .Publish("topic", Bytes("x")));

        Assert.Equal(new StateOutcome(0, 2), outcome);
        Assert.Equal("a", await ReadTextAsync("a"));
        await AssertScanAsync(["a"], new StateScan(Twins));
        await AssertScanAsync(["a"], new StateScan(Twins) { AnyOf = [new StateTerm("t", "old")] });
        Assert.Empty(await Store.ReadOutboxAsync(0, 10, Deadline));
    }

    [Fact]
    public async Task Require_checks_and_writes_nothing()
    {
        var version = await PutAsync("guard");
        Assert.True((await CommitAsync(new StateTransaction().Require(Twins, "guard", version).Put(Twins, "b", Bytes("b")))).Applied);
        Assert.True((await CommitAsync(new StateTransaction().Require(Twins, "none", StateTransaction.Absent))).Applied);
        Assert.Equal(version, (await Store.ReadAsync(Twins, "guard", Deadline))!.Version);
        await PutAsync("guard");
        Assert.Equal(
            new StateOutcome(0, 1),
            await CommitAsync(new StateTransaction().Put(Twins, "c", Bytes("c")).Require(Twins, "guard", version)));
        await AssertScanAsync(["b", "guard"], new StateScan(Twins));
    }

    [Fact]
    public async Task Expectations_are_about_the_state_before_and_the_last_write_of_a_document_stays()
    {
        var terms = new[] { new StateTerm("t", "1") };
        Assert.True((await CommitAsync(new StateTransaction()
            .Put(Twins, "a", Bytes("first"), StateTransaction.Absent)
            .Put(Twins, "a", Bytes("second"), StateTransaction.Absent, terms)
            .Put(Twins, "b", Bytes("b"), terms: terms)
            .Delete(Twins, "b")
            .Delete(Twins, "c")
            .Put(Twins, "c", Bytes("c"), terms: terms))).Applied);
        Assert.Equal("second", await ReadTextAsync("a"));
        await AssertScanAsync(["a", "c"], new StateScan(Twins));
        await AssertScanAsync(["a", "c"], new StateScan(Twins) { AnyOf = terms });
    }

    [Fact]
    public async Task Of_many_who_create_a_document_exactly_one_wins()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(
            () => CommitAsync(new StateTransaction().Put(Twins, "a", Bytes($"caller {i}"), StateTransaction.Absent)), Deadline)));
        var winner = Assert.Single(Enumerable.Range(0, 64), i => outcomes[i].Applied);
        Assert.Equal($"caller {winner}", await ReadTextAsync("a"));
    }

    [Fact]
    public async Task Callers_that_retry_on_conflict_lose_no_update()
    {
        const int Callers = 8;
        const int Each = 50;
        await CommitAsync(new StateTransaction().Put(Twins, "counter", new byte[sizeof(int)]));
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(
            async () =>
            {
                for (var done = 0; done < Each;)
                {
                    var now = (await Store.ReadAsync(Twins, "counter", Deadline))!;
                    var body = new byte[sizeof(int)];
                    BinaryPrimitives.WriteInt32LittleEndian(body, BinaryPrimitives.ReadInt32LittleEndian(now.Body.Span) + 1);
                    var outcome = await CommitAsync(new StateTransaction().Put(Twins, "counter", body, now.Version));
                    done += outcome.Applied ? 1 : 0;
                }
            },
            Deadline)));
        Assert.Equal(Callers * Each, BinaryPrimitives.ReadInt32LittleEndian((await Store.ReadAsync(Twins, "counter", Deadline))!.Body.Span));
    }

    [Fact]
    public async Task Readers_see_all_of_a_transaction_or_none()
    {
        await CommitAsync(new StateTransaction().Put(Twins, "a", new byte[1]).Put(Twins, "b", new byte[1]));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var writer = Task.Run(
            async () =>
            {
                for (var i = 1; !stop.IsCancellationRequested; i++)
                {
                    await CommitAsync(new StateTransaction().Put(Twins, "a", new[] { (byte)i }).Put(Twins, "b", new[] { (byte)i }));
                }
            },
            Deadline);
        for (var i = 0; i < 500; i++)
        {
            var seen = new List<long>();
            await foreach (var document in Store.ScanAsync(new StateScan(Twins), Deadline))
            {
                seen.Add(document.Version);
            }

            Assert.Single(seen.Distinct());
        }

        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task What_is_committed_is_read_at_once_by_everybody()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var outcome = await CommitAsync(new StateTransaction().Put(Twins, $"key {caller}", Bytes($"{i}")));
                    Assert.Equal(outcome.Version, (await Store.ReadAsync(Twins, $"key {caller}", Deadline))!.Version);
                }
            },
            Deadline)));
    }

    [Fact]
    public async Task A_cancelled_commit_tells_the_truth()
    {
        var random = new Random(5);
        var outcomes = new List<(string Key, Task<StateOutcome> Commit)>();
        for (var i = 0; i < 400; i++)
        {
            var cancel = new CancellationTokenSource();
            var key = $"{i:D4}";
            outcomes.Add((key, Store.CommitAsync(new StateTransaction().Put(Twins, key, Bytes(key)), cancel.Token).AsTask()));
            if (random.Next(2) == 0)
            {
                await cancel.CancelAsync();
            }
        }

        var applied = new List<string>();
        foreach (var (key, commit) in outcomes)
        {
            try
            {
                Assert.True((await commit).Applied);
                applied.Add(key);
            }
            catch (OperationCanceledException)
            {
                Assert.Null(await ReadTextAsync(key));
            }
        }

        await PutAsync("last"); // Behind everything that was queued.
        await AssertScanAsync([.. applied, "last"], new StateScan(Twins));
    }

    [Fact]
    public async Task A_commit_that_is_cancelled_before_it_is_made_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("a")), cancelled.Token));
        await PutAsync("b");
        await AssertScanAsync(["b"], new StateScan(Twins));
    }

    [Fact]
    public async Task What_was_queued_when_the_store_is_closed_is_written()
    {
        var commits = Enumerable.Range(0, 200)
            .Select(i => Store.CommitAsync(new StateTransaction().Put(Twins, $"{i:D4}", Bytes("x")), Deadline).AsTask()).ToList();
        await ReopenAsync();
        Assert.All(await Task.WhenAll(commits), outcome => Assert.True(outcome.Applied));
        Assert.Equal(200, await Store.CountAsync(new StateScan(Twins), Deadline));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        var store = await OpenAsync("closed");
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.ReadAsync(Twins, "a", Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.CommitAsync(new StateTransaction(), Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.CountAsync(new StateScan(Twins), Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.WaitForOutboxAsync(0, Deadline));
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        var version = await PutAsync("a", new StateTerm("t", "1"));
        await CommitAsync(new StateTransaction().Put("other", "b", Bytes("b")).Publish("topic", Bytes("entry")));

        await ReopenAsync();

        Assert.Equal(version, (await Store.ReadAsync(Twins, "a", Deadline))!.Version);
        Assert.Equal("b", await ReadTextAsync("b", "other"));
        await AssertScanAsync(["a"], new StateScan(Twins) { AnyOf = [new StateTerm("t", "1")] });
        var entry = Assert.Single(await Store.ReadOutboxAsync(0, 10, Deadline));
        Assert.Equal((1, "topic", "entry"), (entry.Sequence, entry.Topic, Text(entry.Body)));
    }
}
