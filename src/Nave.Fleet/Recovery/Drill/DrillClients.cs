using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>Finds out of what was remembered when each client stopped and resumed.</summary>
internal static class DrillClients
{
    /// <summary>Looks at a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="target">The hub that took over: 0 or 1.</param>
    /// <param name="lost">When the other hub was lost.</param>
    public static DrillClient Of(DrillDevice device, int target, DateTimeOffset lost)
    {
        var messages = device.Messages;
        var sending = GapOf(messages.Select(message => (message.Acknowledged, message.AcknowledgedBy)), target, lost.UtcTicks);
        var reading = GapOf(messages.Select(message => (message.Read, message.ReadFrom)), target, lost.UtcTicks);
        return new DrillClient
        {
            Id = device.Id,
            SendingStopped = sending.Stopped,
            SendingResumed = sending.Resumed,
            ReadingStopped = reading.Stopped,
            ReadingResumed = reading.Resumed,
            Waited = device.Waited,
        };
    }

    /// <summary>Looks at a reader.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="isNew">It reads the hub that took over.</param>
    /// <param name="lost">When the other hub was lost.</param>
    /// <param name="switched">When this one took over, or the other did.</param>
    public static DrillReaderLine Of(DrillReader reader, bool isNew, DateTimeOffset lost, DateTimeOffset switched)
    {
        var reads = reader.Reads.ToArray();
        var links = reader.Links.Where(link => link.At >= lost).ToArray();
        var down = Array.FindIndex(links, link => link.State == DeviceConnectionState.Disconnected);
        var resumed = isNew ? reads.Where(at => at >= switched.UtcTicks).Order().Select(at => (long?)at).FirstOrDefault() : null;
        return new DrillReaderLine
        {
            Hub = reader.HostName,
            ReadingStopped = TimeOf(reads.Where(at => resumed is null || at < resumed).Select(at => (long?)at).LastOrDefault()),
            ReadingResumed = TimeOf(resumed),
            LinksLost = links.Count(link => link.State == DeviceConnectionState.Disconnected),
            LinkLost = down < 0 ? null : links[down].At,
            LinkBack = down < 0 ? null : links.Skip(down).FirstOrDefault(link => link.State == DeviceConnectionState.Connected)?.At,
        };
    }

    private static (DateTimeOffset? Stopped, DateTimeOffset? Resumed) GapOf(IEnumerable<(long At, int Hub)> marks, int target, long lost)
    {
        var seen = marks.Where(mark => mark.At > 0).ToArray();
        var resumed = seen.Where(mark => mark.Hub == target && mark.At >= lost).Select(mark => (long?)mark.At).Min();
        var stopped = seen.Where(mark => resumed is null || mark.At < resumed).Select(mark => (long?)mark.At).Max();
        return (TimeOf(stopped), TimeOf(resumed));
    }

    private static DateTimeOffset? TimeOf(long? ticks) => ticks is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
}
