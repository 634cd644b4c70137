namespace Nave.Fleet.Replication.Folding;

/// <summary>Why a twin is read from the hub.</summary>
/// <param name="Operation">The <c>opType</c> of the event that could not be judged alone, or <see cref="ReadFold.ReadOperation"/>.</param>
/// <param name="Time">That event's time; without an event, when reading began, by this machine's clock.</param>
/// <param name="GenerationId">That event's life of the id, if it says.</param>
internal readonly record struct ReadCause(string Operation, DateTimeOffset Time, string? GenerationId)
{
    /// <summary>Gets a value indicating whether an event made the read necessary, and not a comparison.</summary>
    public bool IsEvent => Operation != ReadFold.ReadOperation;
}
