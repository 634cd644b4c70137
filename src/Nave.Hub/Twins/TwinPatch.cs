namespace Nave.Hub.Twins;

/// <summary>What was applied to a twin; <see langword="null"/> for a section that it does not name.</summary>
/// <param name="Tags">The change of the tags.</param>
/// <param name="Desired">The change of the desired properties.</param>
/// <param name="Reported">The change of the reported properties.</param>
internal readonly record struct TwinPatch(TwinNode? Tags, TwinNode? Desired, TwinNode? Reported)
{
    /// <summary>Gets a value indicating whether nothing is named.</summary>
    public bool IsEmpty => Tags is null && Desired is null && Reported is null;
}
