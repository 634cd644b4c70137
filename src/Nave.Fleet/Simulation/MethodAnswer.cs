using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

/// <summary>How a device answers a direct method.</summary>
/// <param name="Status">The status, any number.</param>
/// <param name="Payload">The payload; <see langword="null"/> = what the caller sent.</param>
/// <param name="After">How long the device takes.</param>
public sealed record MethodAnswer(int Status, PayloadTemplate? Payload, TimeSpan After);
