namespace Nave.Crash.Tests.History;

/// <summary>What a receiver did with a message that it held, or had held.</summary>
/// <param name="Kind">What.</param>
/// <param name="Time">When.</param>
/// <param name="Outcome">What it knows. A PUBACK has no answer: <see cref="Outcome.Unknown"/>.</param>
internal sealed record CommandSettlement(SettlementKind Kind, Period Time, Outcome Outcome);
