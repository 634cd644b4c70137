namespace Nave.Fleet.Sync.Providers;

/// <summary>A device of an external registry.</summary>
public sealed record ExternalDevice
{
    /// <summary>Gets what the registry knows the device by and never changes, such as its EUI. Never secret.</summary>
    public required string Key { get; init; }

    /// <summary>Gets the registry's own handle of it, if that is another, such as ThingPark's <c>ref</c>; <see langword="null"/> = not known.</summary>
    public string? Reference { get; init; }

    /// <summary>
    /// Gets its fields, name to text; where <see cref="ProviderTraits.ValuesAreJson"/>, to JSON text. A field without a value is absent,
    /// never empty text that means the same. Names are compared ordinally.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    /// <summary>Tells which device this is; fields may hold secrets.</summary>
    public override string ToString() => $"{nameof(ExternalDevice)} {Key}";
}
