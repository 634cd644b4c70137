using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Azure.Cosmos;
using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Sinks.JsonLines;

namespace Nave.Fleet.Replication.Sinks.Cosmos;

/// <summary>
/// Documents as items of Azure Cosmos DB. Each write is guarded by the item's etag, so that an old state never replaces a new one; the checkpoint is
/// written after the documents of its batch, and a batch that was cut off is repeated without harm.
/// </summary>
public sealed partial class CosmosSink : IReplicaSink
{
    private const string ControlPartition = "~control";
    private const string PoisonPartition = "~poison";
    private const int PageSize = 1_000;

    private readonly CosmosSinkOptions _options;
    private readonly CosmosClient _client;
    private Container? _twins;
    private Container? _control;

    /// <summary>Initializes a new instance of the <see cref="CosmosSink"/> class.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be used.</exception>
    public CosmosSink(CosmosSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        try
        {
            _client = new CosmosClient(options.ConnectionString, new CosmosClientOptions
            {
                ApplicationName = "nave-replicate",

                // HTTPS on one port: the other mode needs 10,000 ports open.
                ConnectionMode = ConnectionMode.Gateway,
                LimitToEndpoint = false,
                MaxRetryAttemptsOnRateLimitedRequests = options.MaxThrottleRetries,
                EnableContentResponseOnWrite = false,
                CosmosClientTelemetryOptions = new CosmosClientTelemetryOptions { DisableSendingMetricsToService = true },
            });
        }
        catch (Exception e) when (e is ArgumentException or FormatException or UriFormatException)
        {
            // The library's message may quote the key.
            throw new ArgumentException("The connection string of Cosmos DB cannot be used: 'AccountEndpoint=https://…/;AccountKey=…;' is needed.", e);
        }
    }

    /// <inheritdoc/>
    public string Description => $"Cosmos DB {_client.Endpoint.Host}/{_options.Database}/{_options.Container}";

    /// <inheritdoc/>
    public bool KeepsNumbersAsDoubles => true;

    private Container Twins => _twins ?? throw new InvalidOperationException("The sink is not open.");

    private Container Control => _control ?? throw new InvalidOperationException("The sink is not open.");

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        Database database = await _client.CreateDatabaseIfNotExistsAsync(_options.Database, cancellationToken: cancellationToken).ConfigureAwait(false);
        var twins = await database.CreateContainerIfNotExistsAsync(new ContainerProperties(_options.Container, "/deviceId"), cancellationToken: cancellationToken).ConfigureAwait(false);
        if (twins.Resource.PartitionKeyPath != "/deviceId")
        {
            throw new InvalidOperationException($"{Description} is partitioned by {twins.Resource.PartitionKeyPath}; /deviceId is needed.");
        }

        _control = (await database.CreateContainerIfNotExistsAsync(
            new ContainerProperties($"{_options.Container}-replication", "/deviceId"), cancellationToken: cancellationToken).ConfigureAwait(false)).Container;
        _twins = twins.Container;
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var wanted = keys.ToArray();
        var found = new StoredDocument?[wanted.Length];
        await Parallel.ForAsync(0, wanted.Length, Parallelism(cancellationToken), async (i, token) =>
        {
            using var answer = await Twins.ReadItemStreamAsync(CosmosId.Of(wanted[i].ToString()), new PartitionKey(wanted[i].DeviceId), cancellationToken: token).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                Check(answer);
                using var json = await JsonDocument.ParseAsync(answer.Content, cancellationToken: token).ConfigureAwait(false);
                found[i] = StoredOf(json.RootElement);
            }
        }).ConfigureAwait(false);
        return (IReadOnlyList<StoredDocument>)[.. found.OfType<StoredDocument>()];
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadModulesAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        // Each device is a partition: a batch of creations asks for many.
        var devices = deviceIds.ToArray();
        var modules = new List<StoredDocument>[devices.Length];
        await Parallel.ForAsync(0, devices.Length, Parallelism(cancellationToken), async (i, token) =>
        {
            modules[i] = [];
            await foreach (var page in FeedAsync(Twins, devices[i], token).ConfigureAwait(false))
            {
                modules[i].AddRange(page.Select(StoredOf).Where(stored => stored.Document is { Key.IsModule: true, IsDeleted: false }));
            }
        }).ConfigureAwait(false);
        return (IReadOnlyList<StoredDocument>)[.. modules.SelectMany(found => found)];
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<StoredDocument>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in FeedAsync(Twins, null, cancellationToken).ConfigureAwait(false))
        {
            var documents = page.Select(StoredOf).Where(stored => !stored.Document.IsDeleted).ToList();
            if (documents.Count > 0)
            {
                yield return documents;
            }
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ControlRecord>> ReadControlAsync(string prefix, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var records = new List<ControlRecord>();
        await foreach (var page in FeedAsync(Control, ControlPartition, cancellationToken).ConfigureAwait(false))
        {
            records.AddRange(page.Select(item => new ControlRecord(
                item.GetProperty("key").GetString() ?? string.Empty, RawJson.From(item.GetProperty("value")), item.GetProperty("_etag").GetString() ?? string.Empty)));
        }

        return (IReadOnlyList<ControlRecord>)[.. records.Where(record => record.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(record => record.Key, StringComparer.Ordinal)];
    });

    /// <inheritdoc/>
    public Task<(long Live, long Deleted)> CountAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var (live, deleted) = (0L, 0L);
        await foreach (var page in FeedAsync(Twins, null, cancellationToken).ConfigureAwait(false))
        {
            var gone = page.Count(item => item.GetProperty("deleted").GetBoolean());
            (live, deleted) = (live + page.Count - gone, deleted + gone);
        }

        return (live, deleted);
    });

    /// <inheritdoc/>
    public Task<(long Count, IReadOnlyList<PoisonEvent> Newest)> ReadPoisonAsync(int limit, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var events = new List<PoisonEvent>();
        await foreach (var page in FeedAsync(Control, PoisonPartition, cancellationToken).ConfigureAwait(false))
        {
            events.AddRange(page.Select(item => PoisonLine.Read(RawJson.From(item).Utf8)));
        }

        return ((long)events.Count, (IReadOnlyList<PoisonEvent>)[.. events
            .OrderByDescending(poison => poison.EnqueuedTime).ThenBy(poison => poison.Partition, StringComparer.Ordinal).ThenByDescending(poison => poison.SequenceNumber).Take(limit)]);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(IdentityId key, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var entries = new List<HistoryEntry>();
        await foreach (var page in FeedAsync(Control, key.DeviceId, cancellationToken).ConfigureAwait(false))
        {
            entries.AddRange(page.Select(item => HistoryLine.Read(RawJson.From(item).Utf8)).Where(entry => entry.Key == key));
        }

        return (IReadOnlyList<HistoryEntry>)[.. entries.OrderBy(entry => entry.Time).ThenBy(entry => entry.Version).ThenBy(entry => entry.Path, StringComparer.Ordinal)];
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static StoredDocument StoredOf(JsonElement item) => new(ReplicaJson.Read(item), item.GetProperty("_etag").GetString() ?? string.Empty);

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (CosmosFailure.Of(e) is { } failure)
        {
            throw failure;
        }
    }

    private static void Check(ResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw CosmosFailure.Of(answer.StatusCode, answer.ErrorMessage);
        }
    }

    private ParallelOptions Parallelism(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = cancellationToken };

    // A read of the feed, and no query: that needs no plan. The elements live as long as their page is looked at.
    private static async IAsyncEnumerable<IReadOnlyList<JsonElement>> FeedAsync(Container container, string? partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var feed = container.GetItemQueryStreamIterator(
            requestOptions: new QueryRequestOptions { MaxItemCount = PageSize, PartitionKey = partition is null ? null : new PartitionKey(partition) });
        while (feed.HasMoreResults)
        {
            using var answer = await feed.ReadNextAsync(cancellationToken).ConfigureAwait(false);
            Check(answer);
            using var json = await JsonDocument.ParseAsync(answer.Content, cancellationToken: cancellationToken).ConfigureAwait(false);
            yield return [.. json.RootElement.GetProperty("Documents").EnumerateArray()];
        }
    }
}
