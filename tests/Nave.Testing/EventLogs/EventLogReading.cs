using System.Text;
using Nave.Storage;

namespace Nave.Testing.EventLogs;

/// <summary>Reads a log the way tests want it.</summary>
public static class EventLogReading
{
    /// <summary>Reads all records of a partition from a sequence number to the end, copied.</summary>
    public static async Task<List<(long Sequence, long Offset, DateTimeOffset Enqueued, byte[] Data)>> ReadAllAsync(
        this IEventLog log, int partition, long from = 0, int maxBytes = 64 << 10)
    {
        var all = new List<(long, long, DateTimeOffset, byte[])>();
        while (true)
        {
            using var batch = await log.ReadAsync(partition, from, maxBytes, CancellationToken.None).ConfigureAwait(false);
            if (batch.Records.Count == 0)
            {
                return all;
            }

            foreach (var record in batch.Records)
            {
                all.Add((record.SequenceNumber, record.Offset, record.Enqueued, record.Data.ToArray()));
            }

            from = batch.NextSequence;
        }
    }

    /// <summary>Reads all records of a partition as text.</summary>
    public static async Task<List<string>> ReadTextAsync(this IEventLog log, int partition, long from = 0, int maxBytes = 64 << 10) =>
        [.. (await log.ReadAllAsync(partition, from, maxBytes).ConfigureAwait(false)).Select(record => Encoding.UTF8.GetString(record.Data))];
}
