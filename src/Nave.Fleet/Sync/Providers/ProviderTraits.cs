namespace Nave.Fleet.Sync.Providers;

/// <summary>What an external registry can do.</summary>
public sealed record ProviderTraits
{
    /// <summary>Gets the name in configuration files, lower case, such as <c>actility</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Gets a value indicating whether devices can be created there; a file that is only read has none.</summary>
    public bool CanCreate { get; init; } = true;

    /// <summary>Gets a value indicating whether a device can be changed in place at all.</summary>
    public bool CanUpdate { get; init; } = true;

    /// <summary>Gets a value indicating whether devices can be deleted there.</summary>
    public bool CanDelete { get; init; } = true;

    /// <summary>Gets a value indicating whether the registry keeps fields of any name, beside <see cref="Fields"/>.</summary>
    public bool KeepsTags { get; init; }

    /// <summary>Gets a value indicating whether texts of fields and tags are JSON, so that numbers and objects keep their kind.</summary>
    public bool ValuesAreJson { get; init; }

    /// <summary>Gets the fields that the registry knows by name.</summary>
    public IReadOnlyList<ProviderField> Fields { get; init; } = [];

    /// <summary>Gets the number of devices of one page of a listing; 1 or more.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Gets the most calls a second that the provider makes; <see langword="null"/> = as many as are asked for.</summary>
    public double? CallsPerSecond { get; init; }

    /// <summary>Gets how many calls may be under way at the same time; 1 or more.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>Finds a field by name.</summary>
    public ProviderField? Field(string name)
    {
        foreach (var field in Fields)
        {
            if (string.Equals(field.Name, name, StringComparison.Ordinal))
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>Tells whether a field can be written and never read back, such as a key.</summary>
    public bool IsWriteOnly(string name) => Field(name) is { IsWriteOnly: true };

    /// <summary>Tells whether the registry can hold a field.</summary>
    public bool Keeps(string name) => KeepsTags || Field(name) is not null;

    /// <summary>Tells whether a change of this field means to delete the device and to create it again.</summary>
    public bool NeedsRecreation(string name) => !CanUpdate || Field(name) is { CanChange: false };
}
