namespace Nave.Hub.Telemetry;

/// <summary>An event as a head hands it over.</summary>
public readonly ref struct EventDraft
{
    /// <summary>Gets the system and application properties, as <see cref="Nave.Api.EventPropertiesWriter"/> encodes them.</summary>
    public ReadOnlySpan<byte> Properties { get; init; }

    /// <summary>Gets the body, verbatim.</summary>
    public ReadOnlySpan<byte> Body { get; init; }
}
