using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nave.Fleet.Sorting;

namespace Nave.Fleet.Sync.Planning;

/// <summary>Sorted records as groups of one key each: what a listing said of one device. Advanced by hand, for three of them are merged.</summary>
internal sealed class DeviceGroups<T>(IEnumerable<SpoolRecord> records, JsonTypeInfo<T> type) : IDisposable
{
    private readonly IEnumerator<SpoolRecord> _records = records.GetEnumerator();
    private readonly List<T> _rows = [];
    private byte[] _lastValue = [];
    private bool _started;
    private bool _more;

    /// <summary>Gets the key of the group; <see langword="null"/> at the end.</summary>
    public byte[]? Key { get; private set; }

    /// <summary>Gets what was listed, without exact repetitions. Valid until the next group.</summary>
    public IReadOnlyList<T> Rows => _rows;

    public void MoveNext()
    {
        if (!_started)
        {
            _started = true;
            _more = _records.MoveNext();
        }

        _rows.Clear();
        Key = null;
        if (!_more)
        {
            return;
        }

        Key = _records.Current.Key.ToArray();
        _lastValue = [];
        do
        {
            // A page that was read twice says the same twice.
            var value = _records.Current.Value.Span;
            if (_rows.Count == 0 || !value.SequenceEqual(_lastValue))
            {
                _lastValue = value.ToArray();
                _rows.Add(JsonSerializer.Deserialize(value, type) ?? throw new InvalidDataException("A temporary file of the plan has a null."));
            }

            _more = _records.MoveNext();
        }
        while (_more && _records.Current.Key.Span.SequenceEqual(Key));
    }

    public void Dispose() => _records.Dispose();
}
