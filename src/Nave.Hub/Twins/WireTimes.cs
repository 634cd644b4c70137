using System.Buffers;

namespace Nave.Hub.Twins;

/// <summary>Times in a twin's root.</summary>
internal static class WireTimes
{
    /// <summary>Writes a time as a JSON string; the minimum value as <c>0001-01-01T00:00:00Z</c>, as Azure writes "never" (wire facts 13.14).</summary>
    public static void Write(IBufferWriter<byte> target, DateTimeOffset time)
    {
        if (time == DateTimeOffset.MinValue)
        {
            target.Write("\"0001-01-01T00:00:00Z\""u8);
        }
        else
        {
            TwinJson.WriteTime(target, time.UtcTicks);
        }
    }
}
