using Nave.Hub.Security;

namespace Nave.Hub.Hosting;

/// <summary>What a hub's folder says of it.</summary>
/// <param name="Definition">The hub.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Policies">Its policies, with their keys in clear.</param>
internal sealed record HubSettings(HubDefinition Definition, DateTimeOffset Created, IReadOnlyList<SharedAccessPolicy> Policies)
{
    /// <summary>Makes the settings of a new hub with fresh keys.</summary>
    public static HubSettings Create(HubDefinition definition, DateTimeOffset now) => new(
        definition,
        now,
        [.. SharedAccessPolicy.Defaults.Select(policy => new SharedAccessPolicy(
            policy.Name,
            policy.Rights,
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(32),
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)))]);
}
