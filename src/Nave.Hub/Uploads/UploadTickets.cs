using System.Text.Json;
using Nave.Storage;

namespace Nave.Hub.Uploads;

/// <summary>The uploads that are under way, durable. Those whose time is over are removed when somebody comes across them, and by a sweep.</summary>
internal sealed class UploadTickets(IStateStore store, TimeProvider time)
{
    /// <summary>The collection: key = the correlation id, term <c>device</c> = the device.</summary>
    public const string Collection = "file-uploads";

    private const string DeviceTerm = "device";

    // Removed in one transaction.
    private const int Batch = 500;

    /// <summary>Reads one; <see langword="null"/> if there is none. It may be over.</summary>
    public async ValueTask<UploadRecord?> FindAsync(string correlationId, CancellationToken cancellationToken)
    {
        // A key of another length is none of ours, and the store would refuse it.
        return correlationId.Length is > 0 and <= 64 && correlationId.All(char.IsAsciiLetterOrDigit)
            && await store.ReadAsync(Collection, correlationId, cancellationToken).ConfigureAwait(false) is { } document
            ? Decode(document)
            : null;
    }

    /// <summary>Counts those of a device that are not over, and removes the others.</summary>
    public async ValueTask<int> CountAsync(string deviceId, CancellationToken cancellationToken)
    {
        var (count, over) = (0, new List<string>());
        var scan = new StateScan(Collection) { AnyOf = [new StateTerm(DeviceTerm, deviceId)] };
        await foreach (var document in store.ScanAsync(scan, cancellationToken).ConfigureAwait(false))
        {
            if (IsOver(Decode(document)))
            {
                over.Add(document.Key);
            }
            else
            {
                count++;
            }
        }

        await RemoveAsync(over).ConfigureAwait(false);
        return count;
    }

    /// <summary>Adds one; durable once the task ends.</summary>
    public async ValueTask AddAsync(string correlationId, UploadRecord record)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(record, UploadJson.Default.UploadRecord);
        var transaction = new StateTransaction().Put(Collection, correlationId, body, StateTransaction.Absent, [new StateTerm(DeviceTerm, record.DeviceId)]);
        await store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Removes one.</summary>
    public ValueTask RemoveAsync(string correlationId) => RemoveAsync([correlationId]);

    /// <summary>Removes all that are over.</summary>
    /// <returns>The correlation ids of those that are not.</returns>
    public async ValueTask<HashSet<string>> SweepAsync(CancellationToken cancellationToken)
    {
        var (kept, over) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        await foreach (var document in store.ScanAsync(new StateScan(Collection), cancellationToken).ConfigureAwait(false))
        {
            if (IsOver(Decode(document)))
            {
                over.Add(document.Key);
            }
            else
            {
                kept.Add(document.Key);
            }
        }

        await RemoveAsync(over).ConfigureAwait(false);
        return kept;
    }

    /// <summary>Tells whether the time of one is over.</summary>
    public bool IsOver(UploadRecord record) => record.Expires <= time.GetUtcNow();

    private static UploadRecord Decode(StateDocument document) => JsonSerializer.Deserialize(document.Body.Span, UploadJson.Default.UploadRecord)
        ?? throw new InvalidDataException($"The upload '{document.Key}' is empty.");

    private async ValueTask RemoveAsync(List<string> correlationIds)
    {
        foreach (var batch in correlationIds.Chunk(Batch))
        {
            var transaction = new StateTransaction();
            foreach (var id in batch)
            {
                transaction.Delete(Collection, id);
            }

            await store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
