using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>All enrollment groups, decoded, as an immutable snapshot that is swapped whole: a device may belong to any of them.</summary>
internal sealed class GroupTable
{
    private readonly Dictionary<string, EnrollmentRecord> _groups;

    public GroupTable(IEnumerable<EnrollmentRecord> groups)
    {
        _groups = groups.ToDictionary(group => RegistrationIds.KeyOf(group.Id), StringComparer.Ordinal);
        SymmetricKey = [.. _groups.Values.Where(group => group.Attestation == AttestationType.SymmetricKey).OrderBy(group => group.Id, StringComparer.Ordinal)];
        X509 = [.. _groups.Values.Where(group => group.Attestation == AttestationType.X509).OrderBy(group => group.Id, StringComparer.Ordinal)];
    }

    /// <summary>Gets the groups with a symmetric key, in id order.</summary>
    public IReadOnlyList<EnrollmentRecord> SymmetricKey { get; }

    /// <summary>Gets the groups with certificates, in id order.</summary>
    public IReadOnlyList<EnrollmentRecord> X509 { get; }

    public int Count => _groups.Count;

    public EnrollmentRecord? Find(string id) => _groups.GetValueOrDefault(RegistrationIds.KeyOf(id));

    public GroupTable With(EnrollmentRecord group) => new(_groups.Values.Where(other => !IsSame(other, group.Id)).Append(group));

    public GroupTable Without(string id) => new(_groups.Values.Where(other => !IsSame(other, id)));

    private static bool IsSame(EnrollmentRecord group, string id) => group.Id.Equals(id, StringComparison.OrdinalIgnoreCase);
}
