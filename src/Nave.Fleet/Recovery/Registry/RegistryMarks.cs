using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>What tells whether an identity and its twin are the same in two hubs, or the same as they were: a hash of each part.</summary>
/// <param name="Identity">Status, authentication, capabilities, scopes.</param>
/// <param name="Tags">The tags.</param>
/// <param name="Desired">The desired properties.</param>
/// <param name="Reported">The reported properties.</param>
public sealed record RegistryMarks(string Identity, string Tags, string Desired, string Reported)
{
    /// <summary>Marks a line.</summary>
    /// <param name="line">An identity with its twin.</param>
    /// <param name="withKeys">Whether keys count.</param>
    public static RegistryMarks Of(ExportImportDevice line, bool withKeys = true) => new(
        IdentityMark.Of(line, withKeys),
        TwinSectionMark.Of(line.Tags),
        TwinSectionMark.Of(line.Properties?.Desired ?? default),
        TwinSectionMark.Of(line.Properties?.Reported ?? default));

    /// <summary>Gets the parts that differ, empty if none does.</summary>
    public IReadOnlyList<RegistryPart> DifferencesFrom(RegistryMarks other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var parts = new List<RegistryPart>();
        Add(RegistryPart.Identity, Identity, other.Identity);
        Add(RegistryPart.Tags, Tags, other.Tags);
        Add(RegistryPart.Desired, Desired, other.Desired);
        Add(RegistryPart.Reported, Reported, other.Reported);
        return parts;

        void Add(RegistryPart part, string mine, string theirs)
        {
            if (mine != theirs)
            {
                parts.Add(part);
            }
        }
    }
}
