namespace Nave.Fleet.Recovery;

/// <summary>An identity that two hubs have differently.</summary>
/// <param name="Id">The device, or <c>device/module</c>.</param>
/// <param name="Parts">What differs.</param>
public sealed record MergeItem(string Id, IReadOnlyList<MergePart> Parts);
