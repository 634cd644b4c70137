namespace Nave.Crash.Tests.History;

/// <summary>One cloud-to-device message. Its marker is its body, and no other has it.</summary>
/// <param name="DeviceId">To whom.</param>
/// <param name="Marker">The body.</param>
/// <param name="Time">When it was sent.</param>
/// <param name="Outcome">What the sender knows.</param>
/// <param name="SequenceNumber">What the hub gave it; 0 = no answer.</param>
internal sealed record SentCommand(string DeviceId, string Marker, Period Time, Outcome Outcome, long SequenceNumber);
