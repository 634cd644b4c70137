namespace Nave.Crash.Tests.History;

/// <summary>How a message is settled.</summary>
internal enum SettlementKind
{
    Complete,
    Reject,
    Abandon,
}
