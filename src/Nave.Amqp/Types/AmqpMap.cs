using System.Collections;

namespace Nave.Amqp;

/// <summary>A map in the order it was written. Meant for few entries: it is searched from the start.</summary>
public sealed class AmqpMap : IReadOnlyCollection<KeyValuePair<AmqpValue, AmqpValue>>, IEquatable<AmqpMap>
{
    private readonly List<KeyValuePair<AmqpValue, AmqpValue>> _entries = [];

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>Gets the value of the first key that is a string or symbol of this text; null if there is none.</summary>
    public AmqpValue this[string key] => TryGet(key, out var value) ? value : default;

    /// <summary>Makes a map whose keys are symbols: "fields", error info, annotations, filters.</summary>
    public static AmqpMap Fields(params ReadOnlySpan<(string Key, AmqpValue Value)> fields)
    {
        var map = new AmqpMap();
        foreach (var (key, value) in fields)
        {
            map.Add(AmqpValue.Symbol(key), value);
        }

        return map;
    }

    /// <summary>Makes a map whose keys are strings: application properties, bodies of $management.</summary>
    public static AmqpMap Strings(params ReadOnlySpan<(string Key, AmqpValue Value)> entries)
    {
        var map = new AmqpMap();
        foreach (var (key, value) in entries)
        {
            map.Add(key, value);
        }

        return map;
    }

    /// <summary>Appends an entry.</summary>
    public void Add(AmqpValue key, AmqpValue value) => _entries.Add(new(key, value));

    /// <summary>Finds the first entry whose key is a string or symbol of this text.</summary>
    public bool TryGet(string key, out AmqpValue value)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key.Text == key)
            {
                value = entry.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<AmqpValue, AmqpValue>> GetEnumerator() => _entries.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(AmqpMap? other) => other is not null && _entries.SequenceEqual(other._entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AmqpMap);

    /// <inheritdoc/>
    public override int GetHashCode() => _entries.Count;
}
