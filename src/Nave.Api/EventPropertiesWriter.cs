namespace Nave.Api;

/// <summary>
/// Encodes properties into a reusable buffer, once a message: for each, the system property's number (1 byte, 0 = application),
/// the name (varint length, UTF-8; absent for a system property) and the value (varint length, UTF-8). Not thread-safe.
/// </summary>
public sealed class EventPropertiesWriter
{
    /// <summary>Gets what was written since <see cref="Clear"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => throw new NotImplementedException();

    /// <summary>Starts anew.</summary>
    public void Clear() => throw new NotImplementedException();

    /// <summary>Adds a system property.</summary>
    public void Add(SystemProperty property, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Adds a system property.</summary>
    public void Add(SystemProperty property, ReadOnlySpan<char> value) => throw new NotImplementedException();

    /// <summary>Adds an application property.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Adds an application property.</summary>
    public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => throw new NotImplementedException();

    /// <summary>Copies what was written into properties that own their memory.</summary>
    public EventProperties ToProperties() => new(Written.ToArray());
}
