using System.Security.Cryptography;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>What <c>dps/dps.json</c> says.</summary>
/// <param name="IdScope">What devices name in place of a hub.</param>
/// <param name="Created">When the service was made.</param>
/// <param name="Policies">Its policies, with their keys in clear.</param>
internal sealed record ProvisioningSettings(string IdScope, DateTimeOffset Created, IReadOnlyList<SharedAccessPolicy> Policies)
{
    /// <summary>The name of the policy with every right.</summary>
    public const string Owner = "provisioningserviceowner";

    private const AccessRights All = AccessRights.EnrollmentRead | AccessRights.EnrollmentWrite
        | AccessRights.RegistrationStatusRead | AccessRights.RegistrationStatusWrite | AccessRights.ServiceConfig;

    // By name and rights; the owner's is Azure's, the others are those that people make there first.
    private static readonly (string Name, AccessRights Rights)[] s_defaults =
    [
        (Owner, All),
        ("enrollmentRead", AccessRights.EnrollmentRead),
        ("enrollmentReadWrite", AccessRights.EnrollmentRead | AccessRights.EnrollmentWrite),
        ("registrationRead", AccessRights.RegistrationStatusRead),
        ("registrationReadWrite", AccessRights.RegistrationStatusRead | AccessRights.RegistrationStatusWrite),
    ];

    /// <summary>Makes the settings of a new service: a random id scope and fresh keys.</summary>
    public static ProvisioningSettings Create(DateTimeOffset now) => new(
        "0ne" + Convert.ToHexString(RandomNumberGenerator.GetBytes(4)),
        now,
        [.. s_defaults.Select(policy => new SharedAccessPolicy(policy.Name, policy.Rights, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)))]);
}
