using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Azure.Cosmos;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Sinks.JsonLines;

namespace Nave.Fleet.Replication.Sinks.Cosmos;

/// <content>Writes: documents, then history and what is set aside, then the checkpoint.</content>
public sealed partial class CosmosSink
{
    /// <inheritdoc/>
    public Task<SinkOutcome> WriteAsync(SinkWrite write, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        ArgumentNullException.ThrowIfNull(write);

        // 1. Whoever lost the lease writes nothing, as far as that can be known now; each item's etag guards the rest.
        if (write.Control is { Expected: not null } control && write.Documents.Count > 0 && !await HasTokenAsync(control, cancellationToken).ConfigureAwait(false))
        {
            return new SinkOutcome { IsControlLost = true };
        }

        // 2. Documents.
        var tokens = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var conflicts = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(write.Documents, Parallelism(cancellationToken), async (each, token) =>
        {
            if (await TryWriteAsync(each, token).ConfigureAwait(false) is { } etag)
            {
                tokens[each.Document.Id] = etag;
            }
            else
            {
                conflicts.Add(each.Document.Id);
            }
        }).ConfigureAwait(false);
        if (!conflicts.IsEmpty)
        {
            return new SinkOutcome { Conflicts = [.. conflicts], Tokens = tokens };
        }

        // 3. What a repetition writes again under the same id.
        await Parallel.ForEachAsync(write.History, Parallelism(cancellationToken), async (entry, token) =>
            await UpsertAsync(HistoryLine.Write(entry, HistoryId(entry)), entry.Key.DeviceId, token).ConfigureAwait(false)).ConfigureAwait(false);
        await Parallel.ForEachAsync(write.Poison, Parallelism(cancellationToken), async (poison, token) =>
            await UpsertAsync(PoisonLine.Write(poison, PoisonId(poison), PoisonPartition), PoisonPartition, token).ConfigureAwait(false)).ConfigureAwait(false);

        // 4. The checkpoint.
        if (write.Control is null)
        {
            return new SinkOutcome { Tokens = tokens };
        }

        var (isWritten, controlToken) = await TryWriteAsync(write.Control, cancellationToken).ConfigureAwait(false);
        return new SinkOutcome { Tokens = tokens, IsControlLost = !isWritten, ControlToken = controlToken };
    });

    private static string HistoryId(HistoryEntry entry) => CosmosId.Hash(
        entry.Key.ToString(), entry.GenerationId, entry.Version.ToString(CultureInfo.InvariantCulture), entry.Path, entry.Operation);

    private static string PoisonId(PoisonEvent poison) =>
        CosmosId.Hash(poison.Stream, poison.Partition, poison.SequenceNumber.ToString(CultureInfo.InvariantCulture));

    private static ItemRequestOptions? IfMatch(string? etag) => etag is null ? null : new ItemRequestOptions { IfMatchEtag = etag };

    private async Task<bool> HasTokenAsync(ControlWrite control, CancellationToken cancellationToken)
    {
        using var answer = await Control.ReadItemStreamAsync(CosmosId.Of(control.Key), new PartitionKey(ControlPartition), cancellationToken: cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        Check(answer);
        return answer.Headers.ETag == control.Expected;
    }

    private async Task<string?> TryWriteAsync(DocumentWrite write, CancellationToken cancellationToken)
    {
        var id = CosmosId.Of(write.Document.Id);
        var partition = new PartitionKey(write.Document.Key.DeviceId);
        using var body = new MemoryStream(ReplicaJson.Write(write.Document, id));
        using var answer = write.Expected is null
            ? await Twins.CreateItemStreamAsync(body, partition, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await Twins.ReplaceItemStreamAsync(body, id, partition, IfMatch(write.Expected), cancellationToken).ConfigureAwait(false);
        return ETagOf(answer);
    }

    private async Task<(bool IsWritten, string? Token)> TryWriteAsync(ControlWrite write, CancellationToken cancellationToken)
    {
        var id = CosmosId.Of(write.Key);
        var partition = new PartitionKey(ControlPartition);
        if (write.Value.IsUndefined)
        {
            using var removed = await Control.DeleteItemStreamAsync(id, partition, IfMatch(write.Expected), cancellationToken).ConfigureAwait(false);
            return (ETagOf(removed) is not null, null);
        }

        using var body = new MemoryStream(ItemOf(write, id));
        using var answer = write.Expected is null
            ? await Control.CreateItemStreamAsync(body, partition, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await Control.ReplaceItemStreamAsync(body, id, partition, IfMatch(write.Expected), cancellationToken).ConfigureAwait(false);
        var etag = ETagOf(answer);
        return (etag is not null, etag);
    }

    // Null when the item is not as it was expected: there already, gone, or changed.
    private static string? ETagOf(ResponseMessage answer)
    {
        if (answer.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed or HttpStatusCode.NotFound)
        {
            return null;
        }

        Check(answer);
        return answer.Headers.ETag ?? string.Empty;
    }

    private static byte[] ItemOf(ControlWrite write, string id)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("id", id);
        writer.WriteString("deviceId", ControlPartition);
        writer.WriteString("key", write.Key);
        writer.WritePropertyName("value");
        writer.WriteRawValue(write.Value.Utf8.Span);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private async Task UpsertAsync(byte[] item, string partition, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream(item);
        using var answer = await Control.UpsertItemStreamAsync(body, new PartitionKey(partition), cancellationToken: cancellationToken).ConfigureAwait(false);
        Check(answer);
    }
}
