namespace Nave.Mqtt;

/// <summary>The properties of a packet as a view on its bytes, in the order they were sent; allocates nothing. Use with <c>foreach</c>.</summary>
public ref struct MqttPropertyReader
{
    private ReadOnlySpan<byte> _rest;

    internal MqttPropertyReader(ReadOnlySpan<byte> validated)
    {
        Raw = validated;
        _rest = validated;
    }

    /// <summary>Gets the encoded properties, without their length.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Gets the property that <see cref="MoveNext"/> came to.</summary>
    public MqttProperty Current { get; private set; }

    /// <summary>Starts from the first property.</summary>
    public readonly MqttPropertyReader GetEnumerator() => new(Raw);

    /// <summary>Goes to the next property.</summary>
    /// <returns><see langword="false"/> at the end.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        Current = MqttProperty.Take(ref _rest);
        return true;
    }

    /// <summary>Finds the first property with an identifier.</summary>
    /// <returns><see langword="false"/> if there is none.</returns>
    public readonly bool TryFind(MqttPropertyId id, out MqttProperty property)
    {
        foreach (var candidate in this)
        {
            if (candidate.Id == id)
            {
                property = candidate;
                return true;
            }
        }

        property = default;
        return false;
    }
}
