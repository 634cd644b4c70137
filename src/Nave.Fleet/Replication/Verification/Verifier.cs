using Nave.Api;
using Nave.Client;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Verification;

/// <summary>Compares all twins of a hub with a target, in both directions, page by page; replication may run meanwhile.</summary>
public sealed class Verifier
{
    private const int MaxReads = 16;

    private readonly IReplicaSink _sink;
    private readonly TimeProvider _time;
    private readonly HubTwinReader _twins;
    private readonly HubScan _scan;
    private readonly Reconciler _reconciler;

    /// <summary>Initializes a comparison.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="sink">The target; opened.</param>
    /// <param name="keepHistory">Whether a repair writes history.</param>
    /// <param name="time">The clock.</param>
    public Verifier(ServiceClient hub, IReplicaSink sink, bool keepHistory, TimeProvider time)
    {
        _sink = sink;
        _time = time;
        _twins = new HubTwinReader(hub);
        _scan = new HubScan(hub);
        _reconciler = new Reconciler(sink, _twins, keepHistory);
    }

    /// <summary>Compares.</summary>
    /// <param name="options">How.</param>
    /// <param name="found">Told of each difference.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    /// <exception cref="HubException">The hub refuses.</exception>
    public async Task<VerifyResult> RunAsync(VerifyOptions options, Action<TwinDifference> found, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(found);
        var total = new VerifyResult(0, 0, 0, 0, 0, 0);
        await foreach (var page in _scan.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var stored = await LoadAsync([.. page.Select(row => row.Key)], cancellationToken).ConfigureAwait(false);
            var doubtful = page.Where(row => Compare(row.Key, row.Twin, stored.GetValueOrDefault(row.Key)?.Document) is not null).Select(row => row.Key).ToList();
            var result = await SettleAsync(doubtful, options, found, cancellationToken).ConfigureAwait(false);
            total = Add(total, result) with { Compared = total.Compared + page.Count, Equal = total.Equal + page.Count - doubtful.Count + result.Equal };
        }

        await foreach (var page in _sink.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var gone = await _scan.FindMissingAsync([.. page.Select(each => each.Document.Key)], cancellationToken).ConfigureAwait(false);
            total = Add(total, await SettleAsync(gone, options, found, cancellationToken).ConfigureAwait(false));
        }

        return total;
    }

    private static VerifyResult Add(VerifyResult left, VerifyResult right) => left with
    {
        Missing = left.Missing + right.Missing,
        Different = left.Different + right.Different,
        Extra = left.Extra + right.Extra,
        Repaired = left.Repaired + right.Repaired,
    };

    // Looks again one by one, after what is under way had its time.
    private async Task<VerifyResult> SettleAsync(
        IReadOnlyList<IdentityId> doubtful, VerifyOptions options, Action<TwinDifference> found, CancellationToken cancellationToken)
    {
        var result = new VerifyResult(0, 0, 0, 0, 0, 0);
        if (doubtful.Count == 0)
        {
            return result;
        }

        await Task.Delay(options.Settle, _time, cancellationToken).ConfigureAwait(false);
        var started = HubTimes.Cut(_time.GetUtcNow());
        var stored = await LoadAsync(doubtful, cancellationToken).ConfigureAwait(false);
        var reads = new TwinRead[doubtful.Count];
        await Parallel.ForAsync(0, reads.Length, new ParallelOptions { MaxDegreeOfParallelism = MaxReads, CancellationToken = cancellationToken }, async (i, token) =>
            reads[i] = await _twins.ReadAsync(doubtful[i], withGeneration: false, token).ConfigureAwait(false)).ConfigureAwait(false);
        var differences = new List<TwinDifference>();
        for (var i = 0; i < reads.Length; i++)
        {
            if (Compare(doubtful[i], reads[i].Twin, stored.GetValueOrDefault(doubtful[i])?.Document) is { } difference)
            {
                differences.Add(difference);
            }
        }

        var repaired = new HashSet<IdentityId>();
        if (options.Repair && differences.Count > 0)
        {
            var written = await _reconciler.RunAsync([.. differences.Select(each => each.Key)], started, force: true, cancellationToken).ConfigureAwait(false);
            repaired.UnionWith(written.Select(document => document.Key));
        }

        foreach (var difference in differences)
        {
            found(difference with { IsRepaired = repaired.Contains(difference.Key) });
        }

        return new VerifyResult(
            0,
            doubtful.Count - differences.Count,
            differences.Count(each => each.Kind == TwinDifferenceKind.Missing),
            differences.Count(each => each.Kind == TwinDifferenceKind.Different),
            differences.Count(each => each.Kind == TwinDifferenceKind.Extra),
            differences.Count(each => repaired.Contains(each.Key)));
    }

    private TwinDifference? Compare(IdentityId key, RawJson twin, ReplicaDocument? document)
    {
        var isThere = document is { IsDeleted: false };
        if (twin.IsUndefined)
        {
            return isThere ? new TwinDifference(key, TwinDifferenceKind.Extra, ["the hub does not have it"], false) : null;
        }

        if (!isThere)
        {
            return new TwinDifference(key, TwinDifferenceKind.Missing, [document is null ? "the target does not have it" : "the target has it as deleted"], false);
        }

        using var json = twin.ToDocument();
        var wanted = TwinBody.ToDocument(key, json.RootElement, string.Empty, default);
        var asDoubles = _sink.KeepsNumbersAsDoubles;
        var reasons = new List<string>();
        if (wanted.Version != document!.Version)
        {
            reasons.Add($"its version is {document.Version}; in the hub it is {wanted.Version}");
        }

        // An etag that an event left unknown is no difference.
        if (document.ETag is not null && wanted.ETag != document.ETag)
        {
            reasons.Add($"its etag is {document.ETag}; in the hub it is {wanted.ETag}");
        }

        foreach (var (name, left, right) in (ReadOnlySpan<(string, RawJson, RawJson)>)[
            ("tags", wanted.Tags, document.Tags), ("desired", wanted.Desired, document.Desired), ("reported", wanted.Reported, document.Reported)])
        {
            if (!JsonEquality.AreEqual(left, right, asDoubles))
            {
                reasons.Add($"its {name} are others");
            }
        }

        return reasons.Count == 0 ? null : new TwinDifference(key, TwinDifferenceKind.Different, reasons, false);
    }

    private async Task<Dictionary<IdentityId, StoredDocument>> LoadAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken) =>
        (await _sink.LoadAsync(keys, cancellationToken).ConfigureAwait(false)).ToDictionary(each => each.Document.Key);
}
