using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>Holds what a hub has kept against what it had promised.</summary>
internal static class Checker
{
    /// <summary>Finds everything that is broken.</summary>
    public static IReadOnlyList<Violation> Check(RunHistory history, EventWitness witness, ReadBack stored) =>
    [
        .. witness.Violations,
        .. history.Anomalies.Select(anomaly => new Violation(ViolationKind.Anomaly, anomaly.Key, anomaly.Text)),
        .. EventChecker.Check(history, stored),
        .. TwinChecker.Check(history, stored),
        .. RegistryChecker.Check(history, stored),
        .. CommandChecker.Check(history, stored),
        .. MethodChecker.Check(history),
    ];
}
