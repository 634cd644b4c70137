namespace Nave.Fleet.Replication.Running;

/// <summary>Another instance has a partition now. What was not written, it will write.</summary>
internal sealed class LeaseLostException(string partition) : Exception($"Another instance has taken partition {partition}.");
