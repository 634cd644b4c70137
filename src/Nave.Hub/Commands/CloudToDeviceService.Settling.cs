using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>How messages end.</summary>
public sealed partial class CloudToDeviceService
{
    // Messages that end in one transaction: each is a delete, and perhaps a feedback record.
    private const int EndBatch = 100;

    private async ValueTask<HubResult<bool>> SettleAsync(IdentityId id, Guid lockToken, FeedbackStatus status, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queues.TryGetValue(id, out var queue) || queue.BeginSettle(lockToken, _clock.Now) is not { } message)
        {
            return LockLost();
        }

        await EndAsync(id, queue, [message], status).ConfigureAwait(false);
        return true;
    }

    // Ends a message that this very call has locked.
    private async ValueTask EndHeldAsync(IdentityId id, MessageQueue queue, QueuedMessage message, FeedbackStatus? status)
    {
        if (queue.BeginSettle(message.LockToken, _clock.Now) is not null)
        {
            await EndAsync(id, queue, [message], status).ConfigureAwait(false);
        }
    }

    // Removes messages that are Settling from the store and then from their queue; if the store takes no writes they go back to where they were.
    private async ValueTask EndAsync(IdentityId id, MessageQueue queue, IReadOnlyList<QueuedMessage> messages, FeedbackStatus? status)
    {
        var done = 0;
        try
        {
            foreach (var batch in messages.Chunk(EndBatch))
            {
                await EndBatchAsync(id, queue, batch, status).ConfigureAwait(false);
                done += batch.Length;
            }
        }
        catch
        {
            for (var i = done; i < messages.Count; i++)
            {
                queue.CancelSettle(messages[i], _clock.Now);
            }

            Notify(id); // The holder may have ended meanwhile, and another one waits.
            throw;
        }
    }

    private async ValueTask EndBatchAsync(IdentityId id, MessageQueue queue, QueuedMessage[] messages, FeedbackStatus? status)
    {
        var transaction = new StateTransaction();
        var feedback = new List<long>();
        foreach (var message in messages)
        {
            transaction.Delete(MessageKeys.Collection, MessageKeys.Of(id, message.Sequence));
            if (status is { } known && Wants(message.Ack, known))
            {
                var sequence = await NextSequenceAsync().ConfigureAwait(false);
                var now = _time.GetUtcNow();
                Feedback.Add(transaction, sequence, now, FeedbackRecords.Encode(id, message, known, now).Span);
                feedback.Add(sequence);
            }
        }

        await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        feedback.ForEach(sequence => Feedback.Added(sequence, id.DeviceId));
        foreach (var message in messages)
        {
            Forget(id, queue, message);
        }
    }

    private static bool Wants(AckMode ack, FeedbackStatus status) =>
        (ack & (status == FeedbackStatus.Success ? AckMode.Positive : AckMode.Negative)) != 0;

    private async ValueTask<long> NextSequenceAsync()
    {
        long sequence;
        while (!_sequences.TryNext(out sequence))
        {
            await _sequences.ReserveAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return sequence;
    }

    // The identities are gone, and nobody is told how their messages ended, or had ended (wire facts 7.2.4).
    private async ValueTask DropAsync(IReadOnlyList<IdentityId> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            if (_queues.TryGetValue(id, out var queue))
            {
                await EndAsync(id, queue, queue.BeginSettleAll(), status: null).ConfigureAwait(false);
            }
        }

        await Feedback.DropAsync(ids.Where(id => !id.IsModule).Select(id => id.DeviceId).ToHashSet(StringComparer.Ordinal)).ConfigureAwait(false);
    }
}
