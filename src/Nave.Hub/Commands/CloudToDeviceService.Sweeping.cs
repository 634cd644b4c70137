using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>Opening, closing, sessions that come and go, and what ends by time.</summary>
public sealed partial class CloudToDeviceService : ISessionObserver, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _sweep = Task.CompletedTask;

    /// <summary>Reads what waits, and starts to look for what expires.</summary>
    internal static async Task<CloudToDeviceService> OpenAsync(CloudToDeviceParts parts, CancellationToken cancellationToken)
    {
        var clock = new SteadyClock(parts.Time);
        var sequences = await SequenceBlocks.OpenAsync(parts.Store, MessageKeys.Sequences, cancellationToken).ConfigureAwait(false);
        var feedback = await ServiceInbox.OpenAsync(
            ServiceInboxSettings.Feedback, parts.Store, parts.Time, clock, parts.Logger, FeedbackRecords.DeviceOf, cancellationToken).ConfigureAwait(false);
        var service = new CloudToDeviceService(parts, clock, sequences, feedback);
        try
        {
            await service.LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return service;
    }

    /// <summary>Stops looking for what expires.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _sweep.ConfigureAwait(false);
            await Feedback.DisposeAsync().ConfigureAwait(false);
        }
    }

    void ISessionObserver.Opened(DeviceSession session)
    {
    }

    void ISessionObserver.Enabled(DeviceSession session, DeviceFeatures added)
    {
        if ((added & DeviceFeatures.CloudToDevice) != 0 && _queues.ContainsKey(session.Principal.Id))
        {
            session.Link.CloudToDeviceAvailable();
        }
    }

    void ISessionObserver.Closed(DeviceSession session, CloseReason reason)
    {
        // A newer connection may be there already, and may have found everything locked.
        if (_queues.TryGetValue(session.Principal.Id, out var queue) && queue.ReleaseAll(session))
        {
            Notify(session.Principal.Id);
        }
    }

    /// <summary>Ends what has expired, and offers again what was locked by a time that has passed.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, queue) in _queues)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (queue.ReleaseLapsed(_clock.Now))
            {
                Notify(id);
            }

            var expired = queue.BeginExpire(_clock.Now);
            if (expired.Count > 0)
            {
                await EndAsync(id, queue, expired, FeedbackStatus.Expired).ConfigureAwait(false);
            }
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        await foreach (var document in _store.ScanAsync(new StateScan(MessageKeys.Collection), cancellationToken).ConfigureAwait(false))
        {
            var (id, sequence) = MessageKeys.Parse(document.Key);
            var record = MessageRecord.Decode(document.Body);
            var queue = _queues.GetOrAdd(id, static _ => new MessageQueue());
            queue.TryAdd(int.MaxValue, () => Index(sequence, record.Message.Properties[SystemProperty.MessageId] ?? string.Empty, record), out var message);
            queue.Release(message!); // A fresh queue is never full or closed.
            _messages++;
        }
    }

    private void StartSweep() => _sweep = Task.Run(RunSweepAsync);

    private async Task RunSweepAsync()
    {
        using var timer = new PeriodicTimer(CloudToDeviceLimits.SweepInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    await SweepAsync(_stop.Token).ConfigureAwait(false);
                }
                catch (IOException e)
                {
                    Log.SweepFailed(_logger, e); // The next one goes on where this one stopped.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Expired cloud-to-device messages could not be removed.")]
        public static partial void SweepFailed(ILogger logger, Exception exception);
    }
}
