namespace Nave.Fleet.Recovery;

/// <summary>What is wrong with the copy of one identity or configuration.</summary>
/// <param name="Id">The device, <c>device/module</c>, or <c>configuration:id</c>.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record CloneProblem(string Id, string Reason);
