using System.Text.Json;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>Replays one twin from its events.</summary>
internal sealed class TwinReplay(string deviceId, IReadOnlyList<TwinWrite> writes)
{
    private readonly Dictionary<string, TwinWrite> _byMarker = writes.ToDictionary(write => write.Marker);
    private readonly Dictionary<string, long> _versionOf = [];
    private readonly Dictionary<long, TwinState> _states = new() { [TwinState.New.Version] = TwinState.New };
    private readonly List<Violation> _violations = [];
    private readonly List<string> _log = [];

    public IReadOnlyList<Violation> Check(IReadOnlyList<StoredLine> events, IReadOnlyList<TwinRead> reads, TwinState? final)
    {
        var state = TwinState.New;
        foreach (var line in events)
        {
            state = Apply(state, line);
        }

        CheckWrites();
        CheckOrder();
        CheckEtags();
        CheckReads(reads);
        if (final is null || !final.IsSame(state))
        {
            Add(ViolationKind.StaleTwin, $"the twin is {final}, and its events make {state}");
        }

        return _violations;
    }

    private TwinState Apply(TwinState before, StoredLine line)
    {
        _log.Add($"{line.SequenceNumber}: {line.Operation} {line.Body.GetRawText()}");
        var body = line.Body;
        var isReplace = line.Operation == "replaceTwin";
        var version = body.GetProperty("version").GetInt64();
        if (version != before.Version + 1)
        {
            Add(ViolationKind.TwinVersionOrder, $"the event of version {version} follows that of version {before.Version}");
        }

        var properties = body.TryGetProperty("properties", out var found) ? found : default;
        var tag = Text(body, "tags", "t");
        var desired = Text(properties, "desired", "d");
        var reported = isReplace ? null : Text(properties, "reported", "r");
        var after = before with
        {
            Version = version,
            Desired = desired ?? (isReplace ? null : before.Desired),
            Tag = tag ?? (isReplace ? null : before.Tag),
            Reported = reported ?? before.Reported,
            ReportedVersion = reported is null ? before.ReportedVersion : properties.GetProperty("reported").GetProperty("$version").GetInt64(),
        };
        if (reported is not null && after.ReportedVersion != before.ReportedVersion + 1)
        {
            Add(ViolationKind.TwinVersionOrder, $"reported version {after.ReportedVersion} follows {before.ReportedVersion}");
        }

        Take(reported ?? desired ?? tag, version);
        _states[version] = after;
        return after;
    }

    /// <summary>Finds the write that an event tells of.</summary>
    private void Take(string? marker, long version)
    {
        if (marker is null || !_byMarker.TryGetValue(marker, out var write) || write.Outcome == Outcome.Refused)
        {
            Add(ViolationKind.ForeignTwinWrite, $"the event of version {version} is of '{marker}', which was never written or was refused");
        }
        else if (!_versionOf.TryAdd(marker, version))
        {
            Add(ViolationKind.DoubledTwinWrite, $"'{marker}' made version {_versionOf[marker]}, and version {version} too");
        }
    }

    private void CheckWrites()
    {
        foreach (var write in writes.Where(write => write.Outcome == Outcome.Acknowledged))
        {
            if (!_versionOf.TryGetValue(write.Marker, out var version))
            {
                Add(ViolationKind.LostTwinWrite, $"the acknowledged write {write} has no event");
                continue;
            }

            var told = write.Kind == TwinWriteKind.Reported ? _states[version].ReportedVersion : version;
            if (told != write.Version)
            {
                Add(ViolationKind.LostTwinWrite, $"the write {write} was acknowledged with version {write.Version} and made version {told}");
            }
        }
    }

    /// <summary>A write that was over before another began has the lower version.</summary>
    private void CheckOrder()
    {
        var known = writes.Where(write => _versionOf.ContainsKey(write.Marker)).ToArray();
        var ended = known.Where(write => write.Outcome == Outcome.Acknowledged).OrderBy(write => write.Time.End).ToArray();
        var next = 0;
        var highest = 0L;
        foreach (var write in known.OrderBy(write => write.Time.Start))
        {
            for (; next < ended.Length && ended[next].Time.IsBefore(write.Time); next++)
            {
                highest = Math.Max(highest, _versionOf[ended[next].Marker]);
            }

            if (_versionOf[write.Marker] < highest)
            {
                Add(ViolationKind.TwinVersionOrder, $"{write} made version {_versionOf[write.Marker]} after version {highest} was acknowledged");
            }
        }
    }

    private void CheckEtags()
    {
        var acknowledged = writes.Where(write => write.Outcome == Outcome.Acknowledged && write.Kind != TwinWriteKind.Reported).ToArray();
        foreach (var same in acknowledged.Where(write => write.IfMatch is not null).GroupBy(write => write.IfMatch).Where(same => same.Count() > 1))
        {
            Add(ViolationKind.EtagIgnored, $"etag {same.Key} let several writes pass: {string.Join("; ", same)}");
        }

        foreach (var same in acknowledged.GroupBy(write => write.ETag).Where(same => same.Count() > 1))
        {
            Add(ViolationKind.EtagIgnored, $"etag {same.Key} was given to several writes: {string.Join("; ", same)}");
        }
    }

    private void CheckReads(IReadOnlyList<TwinRead> reads)
    {
        var ended = writes
            .Where(write => write.Outcome == Outcome.Acknowledged && _versionOf.ContainsKey(write.Marker))
            .Select(write => (write.Time.End, Version: _versionOf[write.Marker]))
            .Concat(reads.Select(read => (read.Time.End, read.State.Version)))
            .OrderBy(seen => seen.End)
            .ToArray();
        var next = 0;
        var highest = 0L;
        foreach (var read in reads.OrderBy(read => read.Time.Start))
        {
            for (; next < ended.Length && ended[next].End < read.Time.Start; next++)
            {
                highest = Math.Max(highest, ended[next].Version);
            }

            if (read.State.Version < highest)
            {
                Add(ViolationKind.StaleTwin, $"a reading shows version {read.State.Version} after version {highest} was seen");
            }
            else if (!_states.TryGetValue(read.State.Version, out var state) || !state.IsSame(read.State))
            {
                Add(ViolationKind.StaleTwin, $"a reading shows {read.State}, and the events make {state}");
            }
        }
    }

    private void Add(ViolationKind kind, string message) => _violations.Add(new Violation(kind, deviceId, message, _log));

    private static string? Text(JsonElement parent, string section, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(section, out var values) && values.TryGetProperty(name, out var value)
            ? value.GetString()
            : null;
}
