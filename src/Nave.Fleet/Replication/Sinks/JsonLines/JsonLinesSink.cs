using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>
/// Documents as lines of JSON: each as it was after a change, appended; the last line of an id counts. Now and then the newest line of each document
/// goes to the compact file, and the file of changes begins anew. For one process; an index of ids is in memory.
/// </summary>
public sealed partial class JsonLinesSink : IReplicaSink
{
    private const int PageSize = 1_000;

    private readonly JsonLinesSinkOptions _options;
    private readonly string _base;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, DocumentPlace> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _modules = new(StringComparer.Ordinal);
    private readonly HashSet<(string Stream, string Partition, long Sequence)> _poisoned = [];
    private FileStream? _lock;
    private LineFile? _changes;
    private LineFile? _compact;
    private LineFile? _history;
    private LineFile? _poison;
    private JsonLinesState _state = new();
    private long _revision;

    /// <summary>Initializes a new instance of the <see cref="JsonLinesSink"/> class.</summary>
    public JsonLinesSink(JsonLinesSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options with { Path = Path.GetFullPath(options.Path) };
        _base = _options.Path.EndsWith(".jsonl", StringComparison.Ordinal) ? _options.Path[..^".jsonl".Length] : _options.Path;
    }

    /// <inheritdoc/>
    public string Description => $"JSON lines {_options.Path}";

    /// <inheritdoc/>
    public bool KeepsNumbersAsDoubles => false;

    private string StatePath => _base + ".state.json";

    private string CompactPath => _base + ".compact.jsonl";

    private LineFile Changes => _changes ?? throw new InvalidOperationException("The sink is not open.");

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_base)!); // A full path of a file has one.
            try
            {
                _lock = new FileStream(_base + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e)
            {
                throw new InvalidOperationException($"{Description} is in use by another process: lines of JSON are for one.", e);
            }

            _state = JsonLinesState.Read(StatePath);

            // A compaction that was cut off after its file was in place: all that is in it is in the changes too.
            _compact = LineFile.Open(CompactPath, File.Exists(CompactPath) ? new FileInfo(CompactPath).Length : 0);
            _changes = LineFile.Open(_options.Path, _state.Changes);
            _history = LineFile.Open(_base + ".history.jsonl", _state.History);
            _poison = LineFile.Open(_base + ".poison.jsonl", _state.Poison);
            Index(_compact, isCompact: true);
            Index(_changes, isCompact: false);
            foreach (var (_, line) in _poison.ReadLines())
            {
                var poison = PoisonLine.Read(line);
                _poisoned.Add((poison.Stream, poison.Partition, poison.SequenceNumber));
            }

            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken) => RunAsync(
        () => (IReadOnlyList<StoredDocument>)[.. keys.Select(key => key.ToString()).Where(_places.ContainsKey).Select(Load)], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadModulesAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken) => RunAsync(
        () => (IReadOnlyList<StoredDocument>)[.. deviceIds.SelectMany(id => _modules.TryGetValue(id, out var modules) ? modules : []).Where(id => !_places[id].IsDeleted).Select(Load)],
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<StoredDocument>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ids = await RunAsync(() => _places.Where(place => !place.Value.IsDeleted).Select(place => place.Key).ToArray(), cancellationToken).ConfigureAwait(false);
        foreach (var chunk in ids.Chunk(PageSize))
        {
            yield return await RunAsync(() => (IReadOnlyList<StoredDocument>)[.. chunk.Select(Load).Where(stored => !stored.Document.IsDeleted)], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ControlRecord>> ReadControlAsync(string prefix, CancellationToken cancellationToken) => RunAsync(
        () => (IReadOnlyList<ControlRecord>)[.. _state.Control.Values
            .Where(record => record.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(record => record.Key, StringComparer.Ordinal)],
        cancellationToken);

    /// <inheritdoc/>
    public Task<(long Live, long Deleted)> CountAsync(CancellationToken cancellationToken) => RunAsync(
        () => (_places.Values.LongCount(place => !place.IsDeleted), _places.Values.LongCount(place => place.IsDeleted)), cancellationToken);

    /// <inheritdoc/>
    public Task<(long Count, IReadOnlyList<PoisonEvent> Newest)> ReadPoisonAsync(int limit, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            var events = _poison!.ReadLines().Select(line => PoisonLine.Read(line.Line)) // Open, as the changes are.
                .OrderByDescending(poison => poison.EnqueuedTime).ThenBy(poison => poison.Partition, StringComparer.Ordinal).ThenByDescending(poison => poison.SequenceNumber);
            return (_state.PoisonCount, (IReadOnlyList<PoisonEvent>)[.. events.Take(limit)]);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(IdentityId key, CancellationToken cancellationToken) => RunAsync(
        () => (IReadOnlyList<HistoryEntry>)[.. _history!.ReadLines().Select(line => HistoryLine.Read(line.Line)).Where(entry => entry.Key == key) // As above.
            .OrderBy(entry => entry.Time).ThenBy(entry => entry.Version).ThenBy(entry => entry.Path, StringComparer.Ordinal)],
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        _changes?.Dispose();
        _compact?.Dispose();
        _history?.Dispose();
        _poison?.Dispose();
        _lock?.Dispose();
        _changes = null;
        _gate.Release();
    }

    private static string Token(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    private void Index(LineFile file, bool isCompact)
    {
        foreach (var (at, line) in file.ReadLines())
        {
            using var json = JsonDocument.Parse(line);
            Place(ReplicaJson.Read(json.RootElement), new DocumentPlace(isCompact, at, line.Length, ++_revision, json.RootElement.GetProperty("deleted").GetBoolean()));
        }
    }

    private void Place(ReplicaDocument document, DocumentPlace place)
    {
        _places[document.Id] = place;
        if (document.Key.IsModule)
        {
            if (!_modules.TryGetValue(document.Key.DeviceId, out var modules))
            {
                _modules.Add(document.Key.DeviceId, modules = new SortedSet<string>(StringComparer.Ordinal));
            }

            modules.Add(document.Id);
        }
    }

    private StoredDocument Load(string id)
    {
        var place = _places[id];
        using var json = JsonDocument.Parse((place.IsCompact ? _compact! : Changes).Read(place.At, place.Length)); // As above.
        return new StoredDocument(ReplicaJson.Read(json.RootElement), Token(place.Revision));
    }

    // One at a time: the files have one place to read and write at.
    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return work();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Description} has a line that is not JSON: {e.Message}", e);
        }
        finally
        {
            _gate.Release();
        }
    }
}
