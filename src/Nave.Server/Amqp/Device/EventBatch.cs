using Nave.Storage;

namespace Nave.Server.Amqp.Device;

/// <summary>How far a batch of events is: its delivery is settled when the last of them is durable (wire facts 5.2.14).</summary>
internal sealed class EventBatch(EventIntake intake, uint deliveryId) : IAppendObserver
{
    // Events that were staged and whose fate is not told, and one for the staging itself.
    private int _left = 1;
    private int _lost;

    /// <summary>Gets or sets how many events were staged.</summary>
    public int Next { get; set; }

    /// <summary>Counts an event that is about to be staged.</summary>
    public void Begin() => Interlocked.Increment(ref _left);

    /// <summary>Takes back <see cref="Begin"/>: it was not staged.</summary>
    public void Undo() => Interlocked.Decrement(ref _left);

    /// <summary>Notes that all are staged. In the peer's turn.</summary>
    /// <returns>Whether their fates are known already; <see cref="IsDurable"/> tells them.</returns>
    public bool End() => Interlocked.Decrement(ref _left) == 0;

    /// <summary>Gets a value indicating whether no event was lost.</summary>
    public bool IsDurable => Volatile.Read(ref _lost) == 0;

    /// <inheritdoc/>
    void IAppendObserver.Appended(long token, bool durable)
    {
        if (!durable)
        {
            Volatile.Write(ref _lost, 1);
        }

        intake.CountTold();
        if (Interlocked.Decrement(ref _left) == 0)
        {
            intake.Tell(deliveryId, IsDurable);
        }
    }
}
