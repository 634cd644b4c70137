namespace Nave.Mqtt;

/// <summary>Goes through properties one by one.</summary>
// Apart from the reader, which is part of every PUBLISH and must stay small.
public ref struct MqttPropertyEnumerator
{
    private ReadOnlySpan<byte> _rest;

    internal MqttPropertyEnumerator(ReadOnlySpan<byte> validated) => _rest = validated;

    /// <summary>Gets the property that <see cref="MoveNext"/> came to.</summary>
    public MqttProperty Current { get; private set; }

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
}
