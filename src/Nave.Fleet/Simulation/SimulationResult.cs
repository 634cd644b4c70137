namespace Nave.Fleet.Simulation;

/// <summary>How a simulation went.</summary>
/// <param name="Figures">What the fleet did in all.</param>
/// <param name="Ledger">Which messages were acknowledged.</param>
/// <param name="Created">How many devices were created for it.</param>
/// <param name="LastProblem">The last thing that went wrong and was not asked for; <see langword="null"/> if nothing did.</param>
public sealed record SimulationResult(SimulationFigures Figures, MessageLedger Ledger, int Created, string? LastProblem);
