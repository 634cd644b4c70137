using System.Collections.Frozen;

namespace Nave.Hub.Security;

/// <summary>The shared access policies of a hub: an immutable snapshot, swapped whole when one changes.</summary>
internal sealed class PolicyTable
{
    private FrozenDictionary<string, SharedAccessPolicy> _policies;

    public PolicyTable(IEnumerable<SharedAccessPolicy> policies) =>
        _policies = policies.ToFrozenDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets all policies, in name order.</summary>
    public IReadOnlyList<SharedAccessPolicy> All => [.. _policies.Values.OrderBy(policy => policy.Name, StringComparer.Ordinal)];

    public SharedAccessPolicy? Find(string name) => _policies.GetValueOrDefault(name);

    /// <summary>Returns what <see cref="All"/> will be once a policy is replaced.</summary>
    public IReadOnlyList<SharedAccessPolicy> With(SharedAccessPolicy changed) =>
        [.. All.Select(policy => policy.Name.Equals(changed.Name, StringComparison.OrdinalIgnoreCase) ? changed : policy)];

    /// <summary>Takes over a new set.</summary>
    public void Replace(IEnumerable<SharedAccessPolicy> policies) =>
        Volatile.Write(ref _policies, policies.ToFrozenDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase));
}
