using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Webhooks;

/// <summary>What is stored of webhooks: docs/formats/webhooks.md.</summary>
internal sealed class WebhookStore(IStateStore store, KeyProtector protector, string hubName)
{
    private const string Hooks = "webhooks";
    private const string Positions = "webhook-positions";
    private const string Pending = "webhook-pending";
    private const string Dead = "webhook-dead";

    // Deletes in one transaction.
    private const int Batch = 500;

    /// <summary>Gets the store.</summary>
    public IStateStore State => store;

    /// <summary>Reads all webhooks.</summary>
    /// <exception cref="InvalidDataException">One does not open with the data folder's key.</exception>
    public async IAsyncEnumerable<WebhookRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in store.ScanAsync(new StateScan(Hooks), cancellationToken).ConfigureAwait(false))
        {
            yield return Decode(document);
        }
    }

    /// <summary>Writes a webhook.</summary>
    public void Put(StateTransaction transaction, WebhookRecord record) => transaction.Put(
        Hooks,
        record.Definition.Name,
        protector.Protect(JsonSerializer.SerializeToUtf8Bytes(record, WebhookJson.Default.WebhookRecord), OwnerOf(record.Definition.Name)));

    /// <summary>Writes how far a webhook has read.</summary>
    public static void PutPositions(StateTransaction transaction, string name, long[] positions) =>
        transaction.Put(Positions, name, JsonSerializer.SerializeToUtf8Bytes(positions, WebhookJson.Default.Int64Array));

    /// <summary>Reads how far a webhook has read; <see langword="null"/> if that is not known.</summary>
    public async ValueTask<long[]?> ReadPositionsAsync(string name, CancellationToken cancellationToken) =>
        await store.ReadAsync(Positions, name, cancellationToken).ConfigureAwait(false) is { } document
            ? JsonSerializer.Deserialize(document.Body.Span, WebhookJson.Default.Int64Array)
            : null;

    /// <summary>Writes an event that waits.</summary>
    public static void PutPending(StateTransaction transaction, string name, PendingDelivery pending) =>
        transaction.Put(Pending, KeyOf(name, pending.Id), JsonSerializer.SerializeToUtf8Bytes(pending, WebhookJson.Default.PendingDelivery));

    /// <summary>Removes an event that waits.</summary>
    public static void DeletePending(StateTransaction transaction, string name, string id) => transaction.Delete(Pending, KeyOf(name, id));

    /// <summary>Reads an event that waits.</summary>
    public async ValueTask<PendingDelivery?> ReadPendingAsync(string name, string id, CancellationToken cancellationToken) =>
        await store.ReadAsync(Pending, KeyOf(name, id), cancellationToken).ConfigureAwait(false) is { } document
            ? JsonSerializer.Deserialize(document.Body.Span, WebhookJson.Default.PendingDelivery)
            : null;

    /// <summary>Reads all events that wait.</summary>
    public async IAsyncEnumerable<PendingDelivery> ReadPendingAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in store.ScanAsync(new StateScan(Pending) { Prefix = KeyOf(name, "") }, cancellationToken).ConfigureAwait(false))
        {
            yield return JsonSerializer.Deserialize(document.Body.Span, WebhookJson.Default.PendingDelivery)
                ?? throw new InvalidDataException($"A delivery that waits for the webhook '{name}' is empty.");
        }
    }

    /// <summary>Writes an event that is given up. The key sorts by time.</summary>
    public static void PutDead(StateTransaction transaction, string name, PendingDelivery pending, string reason, DateTimeOffset now)
    {
        var letter = new DeadLetter
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{now.UtcTicks:x16}-{pending.Id}"),
            EventType = pending.Type,
            Subject = pending.Subject,
            EventTime = pending.Time,
            Attempts = pending.Attempts,
            Reason = reason,
            DeadLettered = now,
            Event = JsonElement.Parse(pending.Body),
        };
        transaction.Put(Dead, KeyOf(name, letter.Id), JsonSerializer.SerializeToUtf8Bytes(letter, WebhookJson.Default.DeadLetter));
    }

    /// <summary>Reads events that were given up, oldest first.</summary>
    public async IAsyncEnumerable<DeadLetter> ReadDeadAsync(string name, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in store.ScanAsync(new StateScan(Dead) { Prefix = KeyOf(name, ""), Limit = limit }, cancellationToken).ConfigureAwait(false))
        {
            yield return DecodeDead(document);
        }
    }

    /// <summary>Reads one event that was given up.</summary>
    public async ValueTask<DeadLetter?> FindDeadAsync(string name, string id, CancellationToken cancellationToken) =>
        id.Length is > 0 and <= 128 && await store.ReadAsync(Dead, KeyOf(name, id), cancellationToken).ConfigureAwait(false) is { } document ? DecodeDead(document) : null;

    /// <summary>Removes an event that was given up.</summary>
    public static void DeleteDead(StateTransaction transaction, string name, string id) => transaction.Delete(Dead, KeyOf(name, id));

    /// <summary>Counts events that were given up.</summary>
    public ValueTask<long> CountDeadAsync(string name, CancellationToken cancellationToken) =>
        store.CountAsync(new StateScan(Dead) { Prefix = KeyOf(name, "") }, cancellationToken);

    /// <summary>Removes a webhook, and then all that is stored of it.</summary>
    public async ValueTask RemoveAsync(string name)
    {
        await store.CommitAsync(new StateTransaction().Delete(Hooks, name).Delete(Positions, name), CancellationToken.None).ConfigureAwait(false);
        await RemoveLeftoversAsync(name, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Removes what a webhook of that name left.</summary>
    public async ValueTask RemoveLeftoversAsync(string name, CancellationToken cancellationToken)
    {
        foreach (var collection in (string[])[Pending, Dead])
        {
            List<string> keys;
            do
            {
                keys = [];
                await foreach (var document in store.ScanAsync(new StateScan(collection) { Prefix = KeyOf(name, ""), Limit = Batch }, cancellationToken).ConfigureAwait(false))
                {
                    keys.Add(document.Key);
                }

                var transaction = new StateTransaction();
                keys.ForEach(key => transaction.Delete(collection, key));
                await store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            }
            while (keys.Count == Batch);
        }
    }

    // A name has no slash, so no webhook's keys begin as another's do.
    private static string KeyOf(string name, string id) => $"{name}/{id}";

    private static DeadLetter DecodeDead(StateDocument document) => JsonSerializer.Deserialize(document.Body.Span, WebhookJson.Default.DeadLetter)
        ?? throw new InvalidDataException($"The dead letter '{document.Key}' is empty.");

    private string OwnerOf(string name) => $"webhook\n{hubName}\n{name}";

    private WebhookRecord Decode(StateDocument document)
    {
        try
        {
            return JsonSerializer.Deserialize(protector.Unprotect(document.Body.Span, OwnerOf(document.Key)), WebhookJson.Default.WebhookRecord)
                ?? throw new InvalidDataException($"The webhook '{document.Key}' is empty.");
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            throw new InvalidDataException($"The webhook '{document.Key}' is damaged, or was encrypted with another key.", e);
        }
    }
}
