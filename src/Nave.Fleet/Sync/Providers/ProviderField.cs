namespace Nave.Fleet.Sync.Providers;

/// <summary>A field that a registry knows by name.</summary>
/// <param name="Name">Its name: also the name of the tag on the hub device.</param>
public sealed record ProviderField(string Name)
{
    /// <summary>Gets a value indicating whether no device can be without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Gets a value indicating whether it can be written and never read back, such as <c>applicationKey</c>: a secret.</summary>
    public bool IsWriteOnly { get; init; }

    /// <summary>Gets a value indicating whether it can be changed in place; else the device is deleted and created again.</summary>
    public bool CanChange { get; init; } = true;
}
