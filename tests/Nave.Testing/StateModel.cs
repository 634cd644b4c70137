using System.Globalization;
using System.Text;
using Nave.Storage;
using Xunit;

namespace Nave.Testing;

/// <summary>What a state store must hold, kept in plain dictionaries.</summary>
internal sealed class StateModel
{
    private static readonly StateTerm[] s_terms =
        [new("site", "rome"), new("site", "oslo"), new("floor", "0"), new("empty", "")];

    private static readonly string[] s_collections = ["devices", "twins"];
    private static readonly string[] s_keys = ["a", "a/1", "a/2", "b", "b\0", "é", "\uFFFD", "😀"];

    private readonly Dictionary<(string Collection, string Key), (long Version, string Body, StateTerm[] Terms)> _documents = [];
    private readonly List<(long Sequence, string Body)> _outbox = [];
    private long _lastVersion;
    private long _lastSequence;
    private int _made;

    /// <summary>Makes the transaction of a step; its bodies differ from all before.</summary>
    public StateTransaction Make(StateModelStep step)
    {
        var transaction = new StateTransaction();
        foreach (var write in step.Writes)
        {
            var collection = s_collections[write.Collection];
            var key = s_keys[write.Key];
            var current = CurrentVersion(collection, key);
            var expected = write.Expected switch
            {
                StateModelExpectation.Current => current,
                StateModelExpectation.Absent => StateTransaction.Absent,
                StateModelExpectation.Stale => Math.Max(1, current - 1),
                _ => StateTransaction.Any,
            };
            var terms = write.Terms < 0 ? null : s_terms.Where((_, i) => (write.Terms & (1 << i)) != 0).ToArray();
            _ = write.Kind switch
            {
                StateWriteKind.Put => transaction.Put(collection, key, NextBody(), expected, terms),
                StateWriteKind.Delete => transaction.Delete(collection, key, expected),
                _ => transaction.Require(collection, key, expected),
            };
        }

        for (var i = 0; i < step.Published; i++)
        {
            transaction.Publish("topic", NextBody());
        }

        return transaction;
    }

    /// <summary>Applies a transaction, and sees that the store's outcome is the right one.</summary>
    public void Apply(StateTransaction transaction, StateOutcome outcome)
    {
        var conflict = transaction.Writes.ToList().FindIndex(
            w => w.ExpectedVersion != StateTransaction.Any && w.ExpectedVersion != CurrentVersion(w.Collection, w.Key));
        Assert.Equal(conflict, outcome.Conflict);
        if (conflict >= 0)
        {
            Assert.Equal(0, outcome.Version);
            return;
        }

        Assert.True(outcome.Version > _lastVersion, $"Version {outcome.Version} came after {_lastVersion}.");
        _lastVersion = outcome.Version;
        foreach (var write in transaction.Writes)
        {
            var name = (write.Collection, write.Key);
            if (write.Kind == StateWriteKind.Put)
            {
                var terms = write.Terms?.ToArray() ?? (_documents.TryGetValue(name, out var old) ? old.Terms : []);
                _documents[name] = (outcome.Version, Encoding.UTF8.GetString(write.Body.Span), terms);
            }
            else if (write.Kind == StateWriteKind.Delete)
            {
                _documents.Remove(name);
            }
        }

        foreach (var entry in transaction.Outbox)
        {
            _outbox.Add((++_lastSequence, Encoding.UTF8.GetString(entry.Body.Span)));
        }
    }

    /// <summary>Removes the oldest entries of the outbox.</summary>
    /// <returns>The last sequence to remove, 0 for none.</returns>
    public long Remove(int count)
    {
        var removed = _outbox.Take(count).ToList();
        _outbox.RemoveRange(0, removed.Count);
        return removed.Count == 0 ? 0 : removed[^1].Sequence;
    }

    /// <summary>Sees that the store holds what the model holds, by every way of asking.</summary>
    public async Task CompareAsync(IStateStore store, CancellationToken cancellationToken)
    {
        foreach (var collection in s_collections)
        {
            foreach (var key in s_keys)
            {
                var document = await store.ReadAsync(collection, key, cancellationToken);
                Assert.Equal(CurrentVersion(collection, key), document?.Version ?? 0);
            }

            await CompareAsync(store, new StateScan(collection), cancellationToken);
            await CompareAsync(store, new StateScan(collection) { Prefix = "a", Limit = 2 }, cancellationToken);
            await CompareAsync(store, new StateScan(collection) { After = "b" }, cancellationToken);
            for (var mask = 0; mask < 1 << s_terms.Length; mask++)
            {
                var terms = s_terms.Where((_, i) => (mask & (1 << i)) != 0).ToArray();
                await CompareAsync(store, new StateScan(collection) { AnyOf = terms }, cancellationToken);
            }
        }

        var outbox = await store.ReadOutboxAsync(0, int.MaxValue, cancellationToken);
        Assert.Equal(_outbox, outbox.Select(e => (e.Sequence, Encoding.UTF8.GetString(e.Body.Span))));
    }

    private async Task CompareAsync(IStateStore store, StateScan scan, CancellationToken cancellationToken)
    {
        var expected = _documents
            .Where(d => d.Key.Collection == scan.Collection && d.Key.Key.StartsWith(scan.Prefix, StringComparison.Ordinal))
            .Where(d => scan.After is null || CompareBytes(d.Key.Key, scan.After) > 0)
            .Where(d => scan.AnyOf is null || d.Value.Terms.Intersect(scan.AnyOf).Any())
            .OrderBy(d => d.Key.Key, Comparer<string>.Create(CompareBytes))
            .Take(scan.Limit)
            .Select(d => (d.Key.Key, d.Value.Version, d.Value.Body))
            .ToList();
        var actual = new List<(string, long, string)>();
        await foreach (var document in store.ScanAsync(scan, cancellationToken))
        {
            actual.Add((document.Key, document.Version, Encoding.UTF8.GetString(document.Body.Span)));
        }

        Assert.Equal(expected, actual);
        Assert.Equal(expected.Count, await store.CountAsync(scan, cancellationToken));
    }

    private static int CompareBytes(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    private long CurrentVersion(string collection, string key) =>
        _documents.TryGetValue((collection, key), out var document) ? document.Version : StateTransaction.Absent;

    private byte[] NextBody() => Encoding.UTF8.GetBytes((++_made).ToString(CultureInfo.InvariantCulture));
}
