namespace Nave.Api;

/// <summary>Walks through encoded properties without an allocation. The format is <see cref="EventPropertiesWriter"/>'s.</summary>
public ref struct EventPropertiesReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts at the first property.</summary>
    /// <param name="encoded">What <see cref="EventPropertiesWriter"/> made.</param>
    public EventPropertiesReader(ReadOnlySpan<byte> encoded) => _rest = encoded;

    /// <summary>Gets which system property this is; <see cref="SystemProperty.None"/> for an application property.</summary>
    public SystemProperty System { get; private set; }

    /// <summary>Gets the application property's name, UTF-8; empty for a system property.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Gets the value, UTF-8.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Gets a value indicating whether the property was given without a value.</summary>
    public bool IsNull { get; private set; }

    /// <summary>Goes to the next property.</summary>
    /// <returns><see langword="false"/> after the last.</returns>
    /// <exception cref="InvalidDataException">The bytes are not encoded properties.</exception>
    public bool TryRead()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var head = _rest[0];
        _rest = _rest[1..];
        System = (SystemProperty)(head & ~EventPropertiesWriter.NullFlag);
        IsNull = (head & EventPropertiesWriter.NullFlag) != 0;
        Name = System == SystemProperty.None ? Take() : default;
        Value = IsNull ? default : Take();
        return true;
    }

    private ReadOnlySpan<byte> Take()
    {
        var length = 0;
        var shift = 0;
        var used = 0;
        while (true)
        {
            // Four groups of seven bits hold 256 MiB: far above any message.
            if (used == _rest.Length || used == 4)
            {
                throw new InvalidDataException("Encoded properties end inside a length, or a length has more than 4 bytes.");
            }

            var b = _rest[used++];
            length |= (b & 0x7F) << shift;
            if (b < 0x80)
            {
                break;
            }

            shift += 7;
        }

        if (length > _rest.Length - used)
        {
            throw new InvalidDataException($"Encoded properties name a length of {length} bytes, but {_rest.Length - used} are left.");
        }

        var taken = _rest.Slice(used, length);
        _rest = _rest[(used + length)..];
        return taken;
    }
}
