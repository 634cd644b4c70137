using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Sync.Planning;

/// <summary>What is done to an external device.</summary>
internal sealed record ExternalChange
{
    /// <summary>Gets what: create, update or delete.</summary>
    public required PlanAction Action { get; init; }

    /// <summary>Gets the device as it was listed; <see langword="null"/> = there was none.</summary>
    public ExternalDevice? Current { get; init; }

    /// <summary>Gets the device as it shall be; <see langword="null"/> for a deletion.</summary>
    public ExternalDevice? Wanted { get; init; }

    /// <summary>Gets a value indicating whether a field changes that cannot be changed in place: delete, then create.</summary>
    public bool Recreate { get; init; }
}
