namespace Nave.Api;

/// <summary>One property of a message.</summary>
/// <param name="System">Which system property, or <see cref="SystemProperty.None"/>.</param>
/// <param name="Name">The application property's name; empty for a system property.</param>
/// <param name="Value">The value.</param>
public readonly record struct EventProperty(SystemProperty System, string Name, string Value);
