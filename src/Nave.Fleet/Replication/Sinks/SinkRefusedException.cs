namespace Nave.Fleet.Replication.Sinks;

/// <summary>The target can be reached, but does not take something of what is written, now or ever: a value that it cannot hold.</summary>
/// <param name="message">What it said, without the data.</param>
/// <param name="inner">The driver's exception.</param>
public sealed class SinkRefusedException(string message, Exception? inner = null) : Exception(message, inner);
