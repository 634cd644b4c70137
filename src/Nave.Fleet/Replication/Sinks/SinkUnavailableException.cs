namespace Nave.Fleet.Replication.Sinks;

/// <summary>The target cannot be reached, or asks for patience: the same write may succeed later. Whether it took effect may be unknown.</summary>
/// <param name="message">What happened, without a credential.</param>
/// <param name="inner">The driver's exception.</param>
public sealed class SinkUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
