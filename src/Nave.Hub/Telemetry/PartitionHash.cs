namespace Nave.Hub.Telemetry;

/// <summary>
/// Chooses the partition of a device, for ever: 64-bit FNV-1a over the UTF-8 bytes of the device id, finished with the
/// 64-bit mixer of MurmurHash3 so that ids that differ in their last digit spread evenly. A module goes where its device goes.
/// The values are fixed by a test: a change would break the order of a device's events.
/// </summary>
internal static class PartitionHash
{
    /// <summary>Hashes the UTF-8 bytes of a device id.</summary>
    public static ulong Compute(ReadOnlySpan<byte> deviceId)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var b in deviceId)
        {
            hash = (hash ^ b) * 0x100000001b3UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        return hash ^ (hash >> 33);
    }

    /// <summary>Maps a hash to a partition, 0 to <paramref name="partitionCount"/> - 1.</summary>
    public static int ToPartition(ulong hash, int partitionCount) => (int)(hash % (ulong)partitionCount);
}
