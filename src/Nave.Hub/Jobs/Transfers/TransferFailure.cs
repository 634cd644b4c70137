namespace Nave.Hub.Jobs;

/// <summary>A job cannot be done; the message is its failure reason and has no secret.</summary>
internal sealed class TransferFailure(string message) : Exception(message);
