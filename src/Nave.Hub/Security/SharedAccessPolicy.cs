namespace Nave.Hub.Security;

/// <summary>A shared access policy of a hub: rights, and two keys either of which signs.</summary>
/// <param name="name">The name, the token's <c>skn</c>; compared without letter case.</param>
/// <param name="rights">What it permits.</param>
/// <param name="primary">The first key, 16 to 64 bytes.</param>
/// <param name="secondary">The second key, 16 to 64 bytes.</param>
public sealed class SharedAccessPolicy(string name, AccessRights rights, byte[] primary, byte[] secondary)
{
    /// <summary>The name of the policy with every right.</summary>
    public const string Owner = "iothubowner";

    /// <summary>Gets the name.</summary>
    public string Name { get; } = name;

    /// <summary>Gets what it permits.</summary>
    public AccessRights Rights { get; } = rights;

    /// <summary>Gets the first key as base64, for a connection string. Secret: never to a log.</summary>
    public string PrimaryKey => Convert.ToBase64String(Primary);

    /// <summary>Gets the second key as base64. Secret: never to a log.</summary>
    public string SecondaryKey => Convert.ToBase64String(Secondary);

    internal byte[] Primary { get; } = primary;

    internal byte[] Secondary { get; } = secondary;

    /// <summary>Gets the policies that a new hub has, by name and rights. Source: Azure's defaults.</summary>
    internal static IReadOnlyList<(string Name, AccessRights Rights)> Defaults { get; } =
    [
        (Owner, AccessRights.RegistryRead | AccessRights.RegistryWrite | AccessRights.ServiceConnect | AccessRights.DeviceConnect),
        ("service", AccessRights.ServiceConnect),
        ("device", AccessRights.DeviceConnect),
        ("registryRead", AccessRights.RegistryRead),
        ("registryReadWrite", AccessRights.RegistryRead | AccessRights.RegistryWrite),
    ];

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;
}
