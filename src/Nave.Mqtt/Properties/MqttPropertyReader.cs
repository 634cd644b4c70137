namespace Nave.Mqtt;

/// <summary>The properties of a packet as a view on its bytes, in the order they were sent; allocates nothing. Use with <c>foreach</c>.</summary>
public readonly ref struct MqttPropertyReader
{
    // Bit n: property n is there, or may be; what is not is not looked for.
    private readonly ulong _seen;

    internal MqttPropertyReader(ReadOnlySpan<byte> validated, ulong seen = ulong.MaxValue)
    {
        Raw = validated;
        _seen = seen;
    }

    /// <summary>Gets the encoded properties, without their length.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Starts from the first property.</summary>
    public MqttPropertyEnumerator GetEnumerator() => new(Raw);

    /// <summary>Finds the first property with an identifier.</summary>
    /// <returns><see langword="false"/> if there is none.</returns>
    public bool TryFind(MqttPropertyId id, out MqttProperty property)
    {
        if ((_seen & (1UL << (int)id)) != 0)
        {
            foreach (var candidate in this)
            {
                if (candidate.Id == id)
                {
                    property = candidate;
                    return true;
                }
            }
        }

        property = default;
        return false;
    }
}
