using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>
/// Holds twins against their writers. The events of a twin are its whole history: each write that took effect once, in version order. All
/// else follows from them.
/// </summary>
internal static class TwinChecker
{
    private const string TwinEvents = "twinChangeEvents";

    public static IEnumerable<Violation> Check(RunHistory history, ReadBack stored)
    {
        var events = stored.Events.Where(line => line.Source == TwinEvents).ToLookup(line => line.DeviceId);
        var writes = history.TwinWrites.ToLookup(write => write.DeviceId);
        var reads = history.TwinReads.ToLookup(read => read.DeviceId);
        return history.TwinDevices.SelectMany(device =>
            new TwinReplay(device, [.. writes[device]]).Check([.. events[device]], [.. reads[device]], stored.Twins.GetValueOrDefault(device)));
    }
}
