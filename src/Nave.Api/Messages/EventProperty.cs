namespace Nave.Api;

/// <summary>One property of a message.</summary>
/// <param name="System">Which system property, or <see cref="SystemProperty.None"/>.</param>
/// <param name="Name">The application property's name; empty for a system property.</param>
/// <param name="Value">The value; empty when <see cref="IsNull"/>.</param>
public readonly record struct EventProperty(SystemProperty System, string Name, string Value)
{
    /// <summary>Gets a value indicating whether the property was given without a value (<c>key</c>, as opposed to <c>key=</c>).</summary>
    public bool IsNull { get; init; }
}
