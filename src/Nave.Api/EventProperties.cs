using System.Collections;

namespace Nave.Api;

/// <summary>System and application properties of a message, over their encoded form.</summary>
/// <param name="encoded">What <see cref="EventPropertiesWriter"/> made.</param>
public sealed class EventProperties(ReadOnlyMemory<byte> encoded) : IEnumerable<EventProperty>
{
    /// <summary>Gets a set without properties.</summary>
    public static EventProperties Empty { get; } = new(default);

    /// <summary>Gets the encoded form.</summary>
    public ReadOnlyMemory<byte> Encoded { get; } = encoded;

    /// <summary>Gets a system property, or <see langword="null"/>.</summary>
    public string? this[SystemProperty property] => throw new NotImplementedException();

    /// <summary>Gets an application property, or <see langword="null"/>.</summary>
    public string? this[string name] => throw new NotImplementedException();

    /// <inheritdoc/>
    public IEnumerator<EventProperty> GetEnumerator() => throw new NotImplementedException();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
