using Nave.Amqp;

namespace Nave.Client;

/// <summary>Feedback that came together. The hub gives it again, to whoever asks, until it is completed.</summary>
public sealed class FeedbackBatch
{
    private readonly Func<AmqpOutcome, CancellationToken, Task> _settle;

    internal FeedbackBatch(DateTimeOffset enqueuedTime, IReadOnlyList<FeedbackRecord> records, Func<AmqpOutcome, CancellationToken, Task> settle)
    {
        EnqueuedTime = enqueuedTime;
        Records = records;
        _settle = settle;
    }

    /// <summary>Gets when the hub made the batch.</summary>
    public DateTimeOffset EnqueuedTime { get; }

    /// <summary>Gets the records: 1 to 64.</summary>
    public IReadOnlyList<FeedbackRecord> Records { get; }

    /// <summary>Takes the batch off the hub's queue; the hub has done so when this ends.</summary>
    /// <exception cref="AmqpPeerException">The connection was lost: it may come again.</exception>
    public Task CompleteAsync(CancellationToken cancellationToken = default) => _settle(AmqpOutcome.Accepted, cancellationToken);

    /// <summary>Leaves the batch to be given again.</summary>
    /// <exception cref="AmqpPeerException">The connection was lost: it comes again then too.</exception>
    public Task AbandonAsync(CancellationToken cancellationToken = default) => _settle(AmqpOutcome.Released, cancellationToken);
}
