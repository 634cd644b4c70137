namespace Nave.Fleet.Sync.Providers;

/// <summary>A device of a hub, as far as a registry synchronizer is concerned with it.</summary>
public sealed record HubDevice
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>
    /// Gets its tags, name to text. Where <see cref="ProviderTraits.ValuesAreJson"/>, a name is one of the topmost level and the text is
    /// JSON. Otherwise dots in a name lead into objects (<c>location.city</c>, for no tag may have a dot), and the text is a string's own,
    /// or the JSON of a number, boolean or array. The tag <c>nave</c>, which holds the sync's mark, is not among them.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Tells which device this is; tags may hold secrets.</summary>
    public override string ToString() => $"{nameof(HubDevice)} {DeviceId}";
}
