namespace Nave.Crash.Tests.History;

/// <summary>One direct method. The device answers with what it was asked, and with its own name.</summary>
/// <param name="DeviceId">Who was called.</param>
/// <param name="Marker">What it was asked.</param>
/// <param name="Outcome">What the caller knows.</param>
/// <param name="AnsweredBy">The device in the answer.</param>
/// <param name="Answer">The marker in the answer.</param>
internal sealed record MethodCall(string DeviceId, string Marker, Outcome Outcome, string? AnsweredBy, string? Answer);
