using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>Cloud-to-device messages: a durable queue an identity, with locks, expiry, delivery count and feedback.</summary>
/// <remarks>
/// What is acknowledged is in the store. Who holds which message is in memory only: after a restart all are free again. The
/// index of what waits is in memory too, so that counting and finding cost no read.
/// </remarks>
public sealed partial class CloudToDeviceService
{
    private readonly ConcurrentDictionary<IdentityId, MessageQueue> _queues;
    private readonly IStateStore _store;
    private readonly IdentityLookup _identities;
    private readonly IPresence _presence;
    private readonly HubThrottle _throttle;
    private readonly TimeProvider _time;
    private readonly SteadyClock _clock;
    private readonly SequenceBlocks _sequences;
    private readonly ILogger<CloudToDeviceService> _logger;
    private long _messages;
    private long _cachedBytes;

    private CloudToDeviceService(CloudToDeviceParts parts, SteadyClock clock, SequenceBlocks sequences, ServiceInbox feedback)
    {
        _queues = parts.Queues.Table;
        _store = parts.Store;
        _identities = parts.Identities;
        _presence = parts.Presence;
        _throttle = parts.Throttle;
        _time = parts.Time;
        _logger = parts.Logger;
        _clock = clock;
        _sequences = sequences;
        Feedback = feedback;
        parts.Queues.OnDeleted(DropAsync);
        StartSweep();
    }

    /// <summary>Gets what tells services how messages ended, for those that asked to be told.</summary>
    public ServiceInbox Feedback { get; }

    /// <summary>Counts an attempt to receive over HTTP against the tier; sessions receive without limit.</summary>
    /// <returns>429001, or <see langword="null"/> if it may be made.</returns>
    public HubError? TakeReceive() => _throttle.TryTake(ThrottledOperation.CloudToDeviceReceive);

    /// <summary>Queues a message.</summary>
    /// <returns>Its sequence number; or 404001/404010, 403004 (50 waiting), 413001 (64 KiB), 403009 (expiry), 403002, 429001, 400004.</returns>
    public async ValueTask<HubResult<long>> SendAsync(IdentityId id, CloudToDeviceMessage message, CancellationToken cancellationToken)
    {
        // 1. Is it a message that may be queued?
        if (!MessageDraft.TryCreate(id, message, _time.GetUtcNow(), out var draft, out var error))
        {
            return error;
        }

        if (_throttle.TryTake(ThrottledOperation.CloudToDeviceSend) is { } throttled)
        {
            return throttled;
        }

        var generation = await _identities(id, cancellationToken).ConfigureAwait(false);
        if (!generation.IsSuccess)
        {
            return generation.Error;
        }

        if (Volatile.Read(ref _messages) >= CloudToDeviceLimits.MaxHubMessages)
        {
            return new HubError(HubErrorCode.IotHubQuotaExceeded, $"{CloudToDeviceLimits.MaxHubMessages} cloud-to-device messages are waiting in this hub; no more are permitted.");
        }

        // 2. Its place in the queue, before it is stored: what is sent later is never delivered earlier.
        var record = new MessageRecord(0, draft.Ack, _time.GetUtcNow(), draft.Expires, generation.Value, draft.Message);
        var place = await TakePlaceAsync(id, draft, record, cancellationToken).ConfigureAwait(false);
        if (!place.IsSuccess)
        {
            return place.Error;
        }

        // 3. Durable, then visible.
        var (queue, queued) = place.Value;
        var body = record.Encode();
        try
        {
            var transaction = new StateTransaction().Put(MessageKeys.Collection, MessageKeys.Of(id, queued.Sequence), body, StateTransaction.Absent);
            await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            Forget(id, queue, queued);
            Notify(id); // What was sent after it may have waited for it.
            throw;
        }

        Keep(queued, body);
        queue.Release(queued);
        Notify(id);
        return queued.Sequence;
    }

    /// <summary>Locks the oldest message that is free.</summary>
    /// <param name="id">Whose queue.</param>
    /// <param name="holder">The connection that holds the lock until it ends; <see langword="null"/> = a lock by time (HTTP).</param>
    /// <param name="lockDuration">How long a lock by time lasts; <see langword="null"/> = the hub's setting, 60 s.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The message, or <see langword="null"/> if none is free.</returns>
    public async ValueTask<LockedMessage?> ReceiveAsync(IdentityId id, DeviceSession? holder, TimeSpan? lockDuration, CancellationToken cancellationToken)
    {
        while (_queues.TryGetValue(id, out var queue))
        {
            var lockDeadline = holder is null ? _clock.In(lockDuration ?? CloudToDeviceLimits.DefaultLock) : long.MaxValue;
            if (queue.Lock(holder, lockDeadline, _clock.Now) is not { } message)
            {
                return null;
            }

            try
            {
                if (message.Deadline <= _clock.Now)
                {
                    await EndHeldAsync(id, queue, message, FeedbackStatus.Expired).ConfigureAwait(false);
                    continue;
                }

                if (!await IsForAsync(id, holder, message, cancellationToken).ConfigureAwait(false))
                {
                    await EndHeldAsync(id, queue, message, status: null).ConfigureAwait(false);
                    continue;
                }

                var record = await ReadAsync(id, message, cancellationToken).ConfigureAwait(false);
                if (record is null)
                {
                    Forget(id, queue, message);
                    continue;
                }

                return new LockedMessage(message.LockToken, message.Sequence, message.Enqueued, message.Expires, message.DeliveryCount, record.Message);
            }
            catch
            {
                queue.Release(message);
                throw;
            }
        }

        return null;
    }

    /// <summary>Removes a message: it was delivered. 412002 if the lock is not held any more.</summary>
    public ValueTask<HubResult<bool>> CompleteAsync(IdentityId id, Guid lockToken, CancellationToken cancellationToken) =>
        SettleAsync(id, lockToken, FeedbackStatus.Success, cancellationToken);

    /// <summary>Removes a message: the device refuses it. 412002 if the lock is not held any more.</summary>
    public ValueTask<HubResult<bool>> RejectAsync(IdentityId id, Guid lockToken, CancellationToken cancellationToken) =>
        SettleAsync(id, lockToken, FeedbackStatus.Rejected, cancellationToken);

    /// <summary>Gives a message back to its queue and counts the delivery; the tenth time ends it. 412002 if the lock is not held any more.</summary>
    public async ValueTask<HubResult<bool>> AbandonAsync(IdentityId id, Guid lockToken, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queues.TryGetValue(id, out var queue) || queue.BeginSettle(lockToken, _clock.Now) is not { } message)
        {
            return LockLost();
        }

        if (message.DeliveryCount + 1 >= CloudToDeviceLimits.MaxDeliveryCount)
        {
            await EndAsync(id, queue, [message], FeedbackStatus.DeliveryCountExceeded).ConfigureAwait(false);
            return true;
        }

        try
        {
            var record = await ReadAsync(id, message, CancellationToken.None).ConfigureAwait(false);
            if (record is null)
            {
                Forget(id, queue, message);
                return LockLost();
            }

            var body = (record with { DeliveryCount = message.DeliveryCount + 1 }).Encode();
            var transaction = new StateTransaction().Put(MessageKeys.Collection, MessageKeys.Of(id, message.Sequence), body);
            await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            Drop(message);
            Keep(message, body);
        }
        catch
        {
            queue.CancelSettle(message, _clock.Now);
            Notify(id); // The holder may have ended meanwhile, and another one waits.
            throw;
        }

        message.DeliveryCount++;
        queue.Release(message);
        Notify(id);
        return true;
    }

    /// <summary>Gives a message back to its queue without counting a delivery: it could not be sent, or its link ended. Does nothing if the lock is not held any more.</summary>
    public void Release(IdentityId id, Guid lockToken)
    {
        if (_queues.TryGetValue(id, out var queue) && queue.Release(lockToken))
        {
            Notify(id);
        }
    }

    /// <summary>Removes all waiting messages of a device, those that a receiver holds too.</summary>
    /// <returns>How many there were; or 404001/404010.</returns>
    public async ValueTask<HubResult<int>> PurgeAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var generation = await _identities(id, cancellationToken).ConfigureAwait(false);
        if (!generation.IsSuccess)
        {
            return generation.Error;
        }

        if (!_queues.TryGetValue(id, out var queue))
        {
            return 0;
        }

        var messages = queue.BeginSettleAll();
        await EndAsync(id, queue, messages, FeedbackStatus.Purged).ConfigureAwait(false);
        return messages.Count;
    }

    private static HubError LockLost() => new(HubErrorCode.DeviceMessageLockLost, "The message lock was lost: it ended, the message was settled, or the token is not one that was given.");

    private async ValueTask<HubResult<(MessageQueue Queue, QueuedMessage Message)>> TakePlaceAsync(
        IdentityId id, MessageDraft draft, MessageRecord record, CancellationToken cancellationToken)
    {
        while (true)
        {
            var queue = _queues.GetOrAdd(id, static _ => new MessageQueue());
            var outcome = queue.TryAdd(CloudToDeviceLimits.MaxQueueDepth, () => _sequences.TryNext(out var sequence) ? Index(sequence, draft.MessageId, record) : null, out var queued);
            switch (outcome)
            {
                case EnqueueOutcome.Added:
                    Interlocked.Increment(ref _messages);
                    return (queue, queued!); // Added: there is one.
                case EnqueueOutcome.Full:
                    return new HubError(
                        HubErrorCode.DeviceMaximumQueueDepthExceeded, $"{CloudToDeviceLimits.MaxQueueDepth} messages are waiting for '{id}'; no more are permitted.");
                case EnqueueOutcome.NoSequence:
                    await _sequences.ReserveAsync(cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    _queues.TryRemove(new KeyValuePair<IdentityId, MessageQueue>(id, queue));
                    break;
            }
        }
    }

    private QueuedMessage Index(long sequence, string messageId, MessageRecord record) => new()
    {
        Sequence = sequence,
        GenerationId = record.GenerationId,
        MessageId = messageId,
        Ack = record.Ack,
        Enqueued = record.Enqueued,
        Expires = record.Expires,
        Deadline = _clock.DeadlineOf(record.Expires),
        DeliveryCount = record.DeliveryCount,
    };

    // A message for an earlier life of the id is nobody's. A session knows its own life; over HTTP the registry is asked.
    private async ValueTask<bool> IsForAsync(IdentityId id, DeviceSession? holder, QueuedMessage message, CancellationToken cancellationToken)
    {
        if (holder is not null)
        {
            return holder.Principal.GenerationId == message.GenerationId;
        }

        var generation = await _identities(id, cancellationToken).ConfigureAwait(false);
        return generation.IsSuccess && generation.Value == message.GenerationId;
    }

    private async ValueTask<MessageRecord?> ReadAsync(IdentityId id, QueuedMessage message, CancellationToken cancellationToken)
    {
        var record = message.Record;
        if (record.IsEmpty)
        {
            var stored = await _store.ReadAsync(MessageKeys.Collection, MessageKeys.Of(id, message.Sequence), cancellationToken).ConfigureAwait(false);
            if (stored is null)
            {
                return null;
            }

            record = stored.Body;
        }

        return MessageRecord.Decode(record);
    }

    private void Notify(IdentityId id)
    {
        if (_presence.Find(id) is { } session && (session.Features & DeviceFeatures.CloudToDevice) != 0)
        {
            session.Link.CloudToDeviceAvailable();
        }
    }

    private void Keep(QueuedMessage message, byte[] record)
    {
        if (Interlocked.Add(ref _cachedBytes, record.Length) <= CloudToDeviceLimits.MaxCachedBytes)
        {
            message.Record = record;
        }
        else
        {
            Interlocked.Add(ref _cachedBytes, -record.Length);
        }
    }

    private void Drop(QueuedMessage message)
    {
        Interlocked.Add(ref _cachedBytes, -message.Record.Length);
        message.Record = default;
    }

    private void Forget(IdentityId id, MessageQueue queue, QueuedMessage message)
    {
        Drop(message);
        Interlocked.Decrement(ref _messages);
        if (queue.Remove(message))
        {
            _queues.TryRemove(new KeyValuePair<IdentityId, MessageQueue>(id, queue));
        }
    }
}
