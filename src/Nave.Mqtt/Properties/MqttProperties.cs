namespace Nave.Mqtt;

/// <summary>The properties of a packet, owned: outlives the buffer it was read from. The default value is the empty set.</summary>
public readonly struct MqttProperties : IEquatable<MqttProperties>
{
    /// <summary>
    /// How many properties a packet may have, user properties and others together; ours, the protocol has no limit. Five bytes make
    /// a property, so without one a packet within its size makes tens of thousands of them, and its reader keeps others waiting.
    /// </summary>
    public const int MaxCount = 1024;

    private readonly ReadOnlyMemory<byte> _raw;

    internal MqttProperties(ReadOnlyMemory<byte> validated) => _raw = validated;

    /// <summary>Gets a value indicating whether there are none.</summary>
    public bool IsEmpty => _raw.IsEmpty;

    /// <summary>Gets a view that enumerates the properties in their order.</summary>
    public MqttPropertyReader Reader => new(_raw.Span);

    internal ReadOnlySpan<byte> Raw => _raw.Span;

    /// <summary>Compares the encoded bytes.</summary>
    public static bool operator ==(MqttProperties left, MqttProperties right) => left.Equals(right);

    /// <summary>Compares the encoded bytes.</summary>
    public static bool operator !=(MqttProperties left, MqttProperties right) => !left.Equals(right);

    /// <summary>Gets a numeric property.</summary>
    /// <returns><see langword="null"/> if it is absent.</returns>
    public uint? GetNumber(MqttPropertyId id) => Reader.TryFind(id, out var property) ? property.Number : null;

    /// <summary>Gets a string property.</summary>
    /// <returns><see langword="null"/> if it is absent.</returns>
    public string? GetString(MqttPropertyId id) => Reader.TryFind(id, out var property) ? MqttUtf8.ToText(property.Value) : null;

    /// <summary>Gets a binary property.</summary>
    /// <returns>The bytes, not copied; <see langword="null"/> if it is absent.</returns>
    public ReadOnlyMemory<byte>? GetBinary(MqttPropertyId id)
    {
        if (!Reader.TryFind(id, out var property))
        {
            return null;
        }

        _raw.Span.Overlaps(property.Value, out var offset);
        return _raw.Slice(offset, property.Value.Length);
    }

    /// <summary>Gets the user properties in their order; a name may repeat.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> GetUserProperties()
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var property in Reader)
        {
            if (property.Id == MqttPropertyId.UserProperty)
            {
                pairs.Add(new(MqttUtf8.ToText(property.Name), MqttUtf8.ToText(property.Value)));
            }
        }

        return pairs;
    }

    /// <inheritdoc/>
    public bool Equals(MqttProperties other) => Raw.SequenceEqual(other.Raw);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MqttProperties other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Raw);
        return hash.ToHashCode();
    }

    internal static MqttProperties Copy(MqttPropertyReader reader) => reader.Raw.IsEmpty ? default : new(reader.Raw.ToArray());
}
