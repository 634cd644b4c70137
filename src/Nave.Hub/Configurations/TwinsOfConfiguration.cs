using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Hub.Devices;
using Nave.Hub.Queries;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>Finds the twins that a configuration may be aimed at, or was aimed at, through the index.</summary>
internal static class TwinsOfConfiguration
{
    /// <summary>Streams them; a twin may come more than once, and one at which it is not aimed may come.</summary>
    /// <param name="store">The store.</param>
    /// <param name="id">The configuration's id.</param>
    /// <param name="configuration">The configuration; <see langword="null"/> if it is gone.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async IAsyncEnumerable<TwinDocument> FindAsync(
        IStateStore store, string id, CompiledConfiguration? configuration, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (configuration?.Target is { } target)
        {
            await foreach (var document in MatchingAsync(store, target, cancellationToken).ConfigureAwait(false))
            {
                yield return Decode(document);
            }
        }

        var terms = new[] { TwinIndex.OfConfiguration(id, ConfigurationStatus.Applied), TwinIndex.OfConfiguration(id, ConfigurationStatus.Targeted) };
        foreach (var collection in (string[])[TwinCollections.Devices, TwinCollections.Modules])
        {
            await foreach (var document in store.ScanAsync(new StateScan(collection) { AnyOf = terms }, cancellationToken).ConfigureAwait(false))
            {
                yield return Decode(document);
            }
        }
    }

    private static TwinDocument Decode(StateDocument document) => TwinDocument.Decode(IdentityKey.Parse(document.Key), document.Body);

    private static async IAsyncEnumerable<StateDocument> MatchingAsync(
        IStateStore store, QueryCondition target, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var plan = QueryPlan.For(target.Where, TwinIndex.Of(target.Source));
        var collection = TwinIndex.CollectionOf(target.Source);
        if (plan.Keys is null)
        {
            if (IsPlausible(plan.Prefix))
            {
                await foreach (var document in store.ScanAsync(plan.ToScan(collection, after: null), cancellationToken).ConfigureAwait(false))
                {
                    yield return document;
                }
            }

            yield break;
        }

        foreach (var key in plan.Keys.Where(key => key.Length > 0 && IsPlausible(key)))
        {
            if (target.Source == QuerySource.Modules)
            {
                await foreach (var document in store.ScanAsync(new StateScan(collection) { Prefix = key }, cancellationToken).ConfigureAwait(false))
                {
                    yield return document;
                }
            }
            else if (await store.ReadAsync(collection, key, cancellationToken).ConfigureAwait(false) is { } document)
            {
                yield return document;
            }
        }
    }

    // Ids are printable ASCII; a key with anything else finds nothing.
    private static bool IsPlausible(string key) =>
        key.Length <= 2 * (IdentityRules.MaxIdLength + 1) && !key.AsSpan().TrimEnd(IdentityKey.Separator).ContainsAnyExceptInRange('!', '~');
}
