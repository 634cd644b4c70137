namespace Nave.Fleet.Sync.TwoMaster;

/// <summary>A field that differs.</summary>
/// <param name="Name">The field.</param>
/// <param name="Hub">Its value on the hub; <see langword="null"/> = absent.</param>
/// <param name="External">Its value in the external registry; <see langword="null"/> = absent.</param>
/// <param name="Why">What decides, or why nothing does.</param>
internal sealed record FieldDrift(string Name, string? Hub, string? External, FieldDriftKind Why);
