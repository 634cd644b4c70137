namespace Nave.Hub.Twins;

/// <summary>What a request wants with one section.</summary>
/// <param name="Kind">Whether it names the section, and how.</param>
/// <param name="Json">The section's JSON; empty unless <see cref="TwinChangeKind.Object"/>.</param>
internal readonly record struct TwinChange(TwinChangeKind Kind, ReadOnlyMemory<byte> Json)
{
    /// <summary>Parses the section's JSON, without <c>$metadata</c> and <c>$version</c> of a twin that was read before.</summary>
    public TwinNode ToTree() => Kind == TwinChangeKind.Object
        ? TwinJson.Parse(Json, skipReserved: true)
        : new TwinNode(default(ReadOnlyMemory<byte>));
}
