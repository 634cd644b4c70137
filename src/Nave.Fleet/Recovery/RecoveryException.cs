namespace Nave.Fleet.Recovery;

/// <summary>Work on a whole hub cannot be done as it was asked for; the message says what to change. Nothing was written.</summary>
public sealed class RecoveryException(string message, Exception? inner = null) : Exception(message, inner);
