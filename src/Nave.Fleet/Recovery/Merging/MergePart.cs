using System.Text.Json;

namespace Nave.Fleet.Recovery;

/// <summary>What a merge does about one part of an identity that differs, and what each hub has. Keys are never shown.</summary>
/// <param name="Part">The part; <see langword="null"/> for the identity as a whole, which one hub has not.</param>
/// <param name="Action">What is done.</param>
/// <param name="Old">The old hub's value; absent for an identity's own fields and where the hub has none.</param>
/// <param name="OldVersion">The section's <c>$version</c> in the old hub.</param>
/// <param name="New">The new hub's value.</param>
/// <param name="NewVersion">The section's <c>$version</c> in the new hub.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record MergePart(
    RegistryPart? Part,
    MergeAction Action,
    JsonElement? Old,
    long? OldVersion,
    JsonElement? New,
    long? NewVersion,
    string Reason);
