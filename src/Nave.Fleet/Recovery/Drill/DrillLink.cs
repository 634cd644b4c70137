using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>A change of a reader's connection.</summary>
/// <param name="At">When.</param>
/// <param name="State">What it became.</param>
internal sealed record DrillLink(DateTimeOffset At, DeviceConnectionState State);
