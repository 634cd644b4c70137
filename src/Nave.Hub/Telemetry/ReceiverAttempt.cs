namespace Nave.Hub.Telemetry;

/// <summary>What became of a receiver that asked for a place.</summary>
/// <param name="Place">The place, or <see langword="null"/> if it was refused.</param>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="Message">The same as a sentence.</param>
public readonly record struct ReceiverAttempt(ReceiverPlace? Place, ReceiverRefusal Refusal, string Message);
