using Nave.Storage;
using Xunit;

namespace Nave.Testing;

public abstract partial class StateStoreContract
{
    private static readonly StateTerm s_rome = new("site", "rome");
    private static readonly StateTerm s_oslo = new("site", "oslo");
    private static readonly StateTerm s_ground = new("floor", "0");

    [Fact]
    public async Task Keys_come_in_the_order_of_their_bytes()
    {
        // U+FFFD is below U+1F600 in UTF-8 and above it in UTF-16.
        string[] keys = ["A", "Z", "a", "a\0", "a b", "aa", "b", "z", "é", "\uFFFD", "😀"];
        foreach (var key in keys.Reverse())
        {
            await PutAsync(key, s_rome);
        }

        await AssertScanAsync(keys, new StateScan(Twins));
        await AssertScanAsync(keys, new StateScan(Twins) { AnyOf = [s_rome, s_oslo] });
    }

    [Fact]
    public async Task A_scan_keeps_to_its_prefix_its_start_and_its_limit()
    {
        foreach (var key in new[] { "a", "b", "b/1", "b/2", "b/3", "b0", "c" })
        {
            await PutAsync(key);
        }

        await AssertScanAsync(["b", "b/1", "b/2", "b/3", "b0"], new StateScan(Twins) { Prefix = "b" });
        await AssertScanAsync(["b/1", "b/2", "b/3"], new StateScan(Twins) { Prefix = "b/" });
        await AssertScanAsync(["b/2", "b/3"], new StateScan(Twins) { Prefix = "b/", After = "b/1" });
        await AssertScanAsync(["b/1", "b/2"], new StateScan(Twins) { Prefix = "b/", Limit = 2 });
        await AssertScanAsync(["b/1", "b/2", "b/3"], new StateScan(Twins) { Prefix = "b/", After = "a" });
        await AssertScanAsync([], new StateScan(Twins) { Prefix = "b/", After = "c" });
        await AssertScanAsync(["b0", "c"], new StateScan(Twins) { After = "b/3" });
        await AssertScanAsync(["b/1"], new StateScan(Twins) { After = "b/0", Limit = 1 });
        await AssertScanAsync([], new StateScan(Twins) { Limit = 0 });
        await AssertScanAsync([], new StateScan("none"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ScanKeysAsync(new StateScan(Twins) { Limit = -1 }));
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public async Task A_long_scan_yields_each_document_once(int count)
    {
        var transaction = new StateTransaction();
        for (var i = 0; i < count; i++)
        {
            transaction.Put(Twins, $"{i:D5}", Bytes($"body {i}"), terms: i % 2 == 0 ? [s_rome, s_ground] : [s_rome]);
        }

        await CommitAsync(transaction);

        var keys = Enumerable.Range(0, count).Select(i => $"{i:D5}").ToArray();
        await AssertScanAsync(keys, new StateScan(Twins));
        await AssertScanAsync(keys, new StateScan(Twins) { AnyOf = [s_ground, s_rome] });
        await AssertScanAsync(keys[..^1], new StateScan(Twins) { Limit = count - 1 });
        await AssertScanAsync([.. keys.Where((_, i) => i % 2 == 0)], new StateScan(Twins) { AnyOf = [s_ground] });
        await foreach (var document in Store.ScanAsync(new StateScan(Twins), Deadline))
        {
            Assert.Equal($"body {int.Parse(document.Key, System.Globalization.CultureInfo.InvariantCulture)}", Text(document.Body));
        }
    }

    [Fact]
    public async Task Large_documents_are_scanned_whole()
    {
        for (var i = 0; i < 8; i++)
        {
            await CommitAsync(new StateTransaction().Put(Twins, $"{i}", new byte[700_000]));
        }

        await AssertScanAsync(["0", "1", "2", "3", "4", "5", "6", "7"], new StateScan(Twins));
    }

    [Fact]
    public async Task A_scan_goes_on_while_others_write()
    {
        const int Count = 2000;
        var transaction = new StateTransaction();
        for (var i = 0; i < Count; i++)
        {
            transaction.Put(Twins, $"stays/{i:D5}", Bytes("x"));
        }

        await CommitAsync(transaction);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(
            async () =>
            {
                var random = new Random(writer);
                while (!stop.IsCancellationRequested)
                {
                    await CommitAsync(new StateTransaction()
                        .Put(Twins, $"stays/{random.Next(Count):D5}", Bytes("y")).Put(Twins, $"stays/{random.Next(Count):D5}/new", Bytes("z")));
                    await CommitAsync(new StateTransaction().Delete(Twins, $"stays/{random.Next(Count):D5}/new"));
                }
            },
            Deadline)).ToList();

        for (var round = 0; round < 5; round++)
        {
            var keys = await ScanKeysAsync(new StateScan(Twins));
            Assert.Equal(keys.Distinct().Order(StringComparer.Ordinal), keys);
            Assert.Equal(Count, keys.Count(key => !key.EndsWith("/new", StringComparison.Ordinal)));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task A_scan_that_is_left_early_holds_nothing()
    {
        for (var i = 0; i < 3; i++)
        {
            await PutAsync($"{i}");
        }

        for (var i = 0; i < 200; i++)
        {
            await foreach (var document in Store.ScanAsync(new StateScan(Twins), Deadline))
            {
                Assert.Equal("0", document.Key);
                break;
            }
        }

        Assert.Equal(3, await Store.CountAsync(new StateScan(Twins), Deadline));
    }

    [Fact]
    public async Task A_scan_may_read_and_write_in_its_own_loop()
    {
        for (var i = 0; i < 300; i++)
        {
            await PutAsync($"{i:D3}");
        }

        await foreach (var document in Store.ScanAsync(new StateScan(Twins), Deadline))
        {
            Assert.NotNull(await Store.ReadAsync(Twins, document.Key, Deadline));
            Assert.True((await CommitAsync(new StateTransaction().Delete(Twins, document.Key, document.Version))).Applied);
        }

        Assert.Equal(0, await Store.CountAsync(new StateScan(Twins), Deadline));
    }

    [Fact]
    public async Task A_cancelled_scan_ends()
    {
        await PutAsync("a");
        await PutAsync("b");
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var document in Store.ScanAsync(new StateScan(Twins), cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Terms_find_their_documents_each_once_in_key_order()
    {
        await PutAsync("c", s_rome);
        await PutAsync("a", s_rome, s_ground);
        await PutAsync("d", s_ground);
        await PutAsync("b", s_oslo);
        await PutAsync("e");

        await AssertScanAsync(["a", "c"], new StateScan(Twins) { AnyOf = [s_rome] });
        await AssertScanAsync(["a", "c", "d"], new StateScan(Twins) { AnyOf = [s_rome, s_ground] });
        await AssertScanAsync(["a", "b", "c"], new StateScan(Twins) { AnyOf = [s_oslo, s_rome, s_rome] });
        await AssertScanAsync(["c", "d"], new StateScan(Twins) { AnyOf = [s_rome, s_ground], After = "a" });
        await AssertScanAsync(["a", "c"], new StateScan(Twins) { AnyOf = [s_rome, s_ground], Limit = 2 });
        await AssertScanAsync(["d"], new StateScan(Twins) { AnyOf = [s_rome, s_ground], Prefix = "d" });
        await AssertScanAsync([], new StateScan(Twins) { AnyOf = [new StateTerm("site", "Rome"), new StateTerm("rome", "site")] });
        await AssertScanAsync([], new StateScan(Twins) { AnyOf = [] });
        await AssertScanAsync([], new StateScan("none") { AnyOf = [s_rome] });
    }

    [Fact]
    public async Task A_scan_takes_as_many_terms_as_are_permitted_and_no_more()
    {
        var terms = Enumerable.Range(0, StateLimits.MaxScanTerms).Select(i => new StateTerm("n", $"{i}")).ToArray();
        for (var i = 0; i < terms.Length; i++)
        {
            await PutAsync($"{i:D3}", terms[i], terms[(i + 1) % terms.Length]);
        }

        await AssertScanAsync([.. Enumerable.Range(0, terms.Length).Select(i => $"{i:D3}")], new StateScan(Twins) { AnyOf = terms });
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ScanKeysAsync(new StateScan(Twins) { AnyOf = [.. terms, s_rome] }));
    }

    [Fact]
    public async Task Terms_are_replaced_by_a_list_and_left_alone_by_none()
    {
        await PutAsync("a", s_rome, s_ground, s_ground);
        await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("new body")));
        await AssertScanAsync(["a"], new StateScan(Twins) { AnyOf = [s_rome] });

        await PutAsync("a", s_oslo, s_ground);
        await AssertScanAsync([], new StateScan(Twins) { AnyOf = [s_rome] });
        await AssertScanAsync(["a"], new StateScan(Twins) { AnyOf = [s_oslo] });
        await AssertScanAsync(["a"], new StateScan(Twins) { AnyOf = [s_ground] });

        await PutAsync("a", s_ground, s_oslo);
        await AssertScanAsync(["a"], new StateScan(Twins) { AnyOf = [s_oslo] });

        await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("x"), terms: []));
        await AssertScanAsync([], new StateScan(Twins) { AnyOf = [s_oslo, s_ground, s_rome] });
        await AssertScanAsync(["a"], new StateScan(Twins));
    }

    [Fact]
    public async Task Terms_go_with_their_document()
    {
        await PutAsync("a", s_rome);
        await CommitAsync(new StateTransaction().Delete(Twins, "a"));
        await AssertScanAsync([], new StateScan(Twins) { AnyOf = [s_rome] });
        await PutAsync("a");
        await AssertScanAsync([], new StateScan(Twins) { AnyOf = [s_rome] });
    }
}
