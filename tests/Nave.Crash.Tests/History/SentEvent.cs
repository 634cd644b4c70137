namespace Nave.Crash.Tests.History;

/// <summary>One attempt to send an event. Its place in <see cref="TelemetryHistory.Sent"/> is its ordinal.</summary>
/// <param name="sequence">Which event of the device.</param>
/// <param name="attempt">Which attempt to send that, from 1.</param>
/// <param name="incarnation">Which connection of the device.</param>
internal sealed class SentEvent(int sequence, int attempt, int incarnation)
{
    public int Sequence => sequence;

    public int Attempt => attempt;

    public int Incarnation => incarnation;

    /// <summary>Gets or sets a value indicating whether its PUBACK or outcome came.</summary>
    public bool Acknowledged { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"sequence {sequence}, attempt {attempt}, connection {incarnation}, {(Acknowledged ? "acknowledged" : "not acknowledged")}";
}
