using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <content>Writes.</content>
public sealed partial class JsonLinesSink
{
    /// <inheritdoc/>
    public Task<SinkOutcome> WriteAsync(SinkWrite write, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            ArgumentNullException.ThrowIfNull(write);
            var conflicts = write.Documents.Select(each => (each.Document.Id, each.Expected)).Where(each => TokenOf(each.Id) != each.Expected).Select(each => each.Id).ToArray();
            var isControlLost = write.Control is { } control && _state.Control.GetValueOrDefault(control.Key)?.Token != control.Expected;
            return conflicts.Length > 0 || isControlLost ? new SinkOutcome { Conflicts = conflicts, IsControlLost = isControlLost } : Commit(write);
        },
        cancellationToken);

    private string? TokenOf(string id) => _places.TryGetValue(id, out var place) ? Token(place.Revision) : null;

    private SinkOutcome Commit(SinkWrite write)
    {
        var places = new List<(ReplicaDocument Document, DocumentPlace Place)>(write.Documents.Count);
        var poisoned = write.Poison.Where(poison => !_poisoned.Contains((poison.Stream, poison.Partition, poison.SequenceNumber)))
            .DistinctBy(poison => (poison.Stream, poison.Partition, poison.SequenceNumber)).ToList();
        JsonLinesState next;
        try
        {
            // 1. Everything is on the disk, behind what counts.
            foreach (var each in write.Documents)
            {
                var line = ReplicaJson.Write(each.Document);
                places.Add((each.Document, new DocumentPlace(false, Changes.Append(line), line.Length, ++_revision, each.Document.IsDeleted)));
            }

            foreach (var entry in write.History)
            {
                _history!.Append(HistoryLine.Write(entry)); // Open, as the changes are.
            }

            foreach (var poison in poisoned)
            {
                _poison!.Append(PoisonLine.Write(poison)); // As above.
            }

            foreach (var (file, before) in Files())
            {
                if (file.Length != before)
                {
                    file.Sync();
                }
            }

            // 2. It counts.
            next = Next(write, poisoned.Count);
            next.Write(StatePath);
        }
        catch (IOException e)
        {
            foreach (var (file, before) in Files())
            {
                file.Cut(before);
            }

            throw new SinkUnavailableException($"{Description}: {e.Message}", e);
        }

        _state = next;
        places.ForEach(each => Place(each.Document, each.Place));
        _poisoned.UnionWith(poisoned.Select(poison => (poison.Stream, poison.Partition, poison.SequenceNumber)));
        var outcome = new SinkOutcome
        {
            Tokens = places.ToDictionary(each => each.Document.Id, each => Token(each.Place.Revision)),
            ControlToken = write.Control is { Value.IsUndefined: false } control ? _state.Control[control.Key].Token : null,
        };
        if (Changes.Length > Math.Max(_options.CompactAt, _compact!.Length)) // As above.
        {
            Compact();
        }

        return outcome;
    }

    private (LineFile File, long Before)[] Files() => [(Changes, _state.Changes), (_history!, _state.History), (_poison!, _state.Poison)]; // As above.

    private JsonLinesState Next(SinkWrite write, int poisoned)
    {
        var control = _state.Control;
        if (write.Control is { } change)
        {
            var changed = new Dictionary<string, ControlRecord>(control, StringComparer.Ordinal);
            changed.Remove(change.Key);
            if (!change.Value.IsUndefined)
            {
                changed.Add(change.Key, new ControlRecord(change.Key, change.Value, Guid.NewGuid().ToString("N")));
            }

            control = changed;
        }

        return _state with
        {
            Changes = Changes.Length, History = _history!.Length, Poison = _poison!.Length, PoisonCount = _state.PoisonCount + poisoned, Control = control, // As above.
        };
    }

    // 1. The newest lines are in a new file, on the disk. 2. It takes the old one's place: from here on both files say the same. 3. The changes begin anew.
    private void Compact()
    {
        var temporary = CompactPath + ".new";
        var moved = new Dictionary<string, DocumentPlace>(_places.Count, StringComparer.Ordinal);
        File.Delete(temporary);
        using (var file = LineFile.Open(temporary, 0))
        {
            foreach (var (id, place) in _places.OrderBy(each => each.Key, StringComparer.Ordinal))
            {
                var line = (place.IsCompact ? _compact! : Changes).Read(place.At, place.Length); // As above.
                moved.Add(id, place with { IsCompact = true, At = file.Append(line) });
            }

            file.Sync();
        }

        _compact!.Dispose(); // As above.
        File.Move(temporary, CompactPath, overwrite: true);
        _compact = LineFile.Open(CompactPath, new FileInfo(CompactPath).Length);
        var next = _state with { Changes = 0 };
        next.Write(StatePath);
        _state = next;
        Changes.Cut(0);
        foreach (var (id, place) in moved)
        {
            _places[id] = place;
        }
    }
}
