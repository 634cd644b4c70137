using System.Buffers;

namespace Nave.Hub.Commands;

/// <summary>Records that a service holds: one message on the wire.</summary>
/// <param name="LockToken">What completes, abandons or rejects them.</param>
/// <param name="Enqueued">When the oldest was made.</param>
/// <param name="DeliveryCount">How often the oldest was abandoned.</param>
/// <param name="Records">Each as JSON; at least one.</param>
public sealed record LockedRecords(Guid LockToken, DateTimeOffset Enqueued, int DeliveryCount, IReadOnlyList<ReadOnlyMemory<byte>> Records)
{
    /// <summary>Returns the records as one JSON array, as feedback travels.</summary>
    public ReadOnlyMemory<byte> ToJsonArray()
    {
        var array = new ArrayBufferWriter<byte>(2 + Records.Sum(record => record.Length + 1));
        array.Write("["u8);
        for (var i = 0; i < Records.Count; i++)
        {
            if (i > 0)
            {
                array.Write(","u8);
            }

            array.Write(Records[i].Span);
        }

        array.Write("]"u8);
        return array.WrittenMemory;
    }
}
