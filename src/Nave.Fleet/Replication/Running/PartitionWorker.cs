using System.Threading.Channels;
using Nave.Client;

namespace Nave.Fleet.Replication.Running;

/// <summary>Replicates one partition as long as this instance has its lease: reads ahead, and writes what has come as one batch.</summary>
internal sealed class PartitionWorker : IAsyncDisposable
{
    // Chunks that wait between reader and writer; each has 256 events at most.
    private const int MaxChunks = 16;

    private readonly ReplicationContext _context;
    private readonly PartitionLease _lease;
    private readonly ReplicationCounters _counters;
    private readonly BatchWriter _writer;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private (long Sequence, string Offset, DateTimeOffset Enqueued)? _passed;
    private Task<bool>? _wait;

    /// <summary>Initializes a new instance of the <see cref="PartitionWorker"/> class; it works at once.</summary>
    /// <param name="context">The instance.</param>
    /// <param name="lease">The partition.</param>
    /// <param name="counters">What is counted.</param>
    public PartitionWorker(ReplicationContext context, PartitionLease lease, ReplicationCounters counters)
    {
        _context = context;
        _lease = lease;
        _counters = counters;
        _writer = new BatchWriter(context, lease, counters);
        Progress.Moved(lease.Record.Sequence, lease.Record.Enqueued);
        Completion = RunAsync();
    }

    public string Partition => _lease.Partition;

    /// <summary>Gets the work: it ends when it is stopped, when the lease is lost, or with what makes going on useless.</summary>
    public Task Completion { get; }

    public PartitionProgress Progress { get; } = new();

    /// <summary>Finishes the batch that is under way, writes the checkpoint, and gives the lease back.</summary>
    /// <param name="timeout">How long that may take; then the lease runs out by itself.</param>
    public async Task StopAsync(TimeSpan timeout)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _abort.CancelAfter(timeout);
        await ((Task)Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        ReplicationLog.Acquired(_context.Logger, Partition, _lease.Record.Sequence, _lease.Record.Epoch);
        var queue = Channel.CreateBounded<IReadOnlyList<ReceivedEvent>>(new BoundedChannelOptions(MaxChunks) { SingleReader = true, SingleWriter = true });
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var reader = ReadAsync(queue.Writer, reading.Token);
        var reason = "stopped";
        try
        {
            await WriteAsync(queue.Reader).ConfigureAwait(false);
            await _lease.ReleaseAsync(Checkpoint(), _abort.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            reason = e.Message;
            throw;
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await reader.ConfigureAwait(false);
            ReplicationLog.Released(_context.Logger, Partition, _lease.Record.Sequence, reason);
        }
    }

    private async Task ReadAsync(ChannelWriter<IReadOnlyList<ReceivedEvent>> queue, CancellationToken cancellationToken)
    {
        var sequence = _lease.Record.Sequence;
        var options = new EventReadOptions
        {
            ConsumerGroup = _context.Options.ConsumerGroup,
            PartitionIds = [Partition],
            OwnerLevel = _lease.Record.Epoch,
            Start = sequence < 0 ? EventPosition.Earliest : EventPosition.FromSequenceNumber(sequence),
        };
        try
        {
            await foreach (var batch in _context.Events.ReadBatchesAsync(options, cancellationToken).ConfigureAwait(false))
            {
                await queue.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            queue.TryComplete();
        }
        catch (Exception e)
        {
            // What came before it is written first.
            queue.TryComplete(e);
        }
    }

    private async Task WriteAsync(ChannelReader<IReadOnlyList<ReceivedEvent>> queue)
    {
        var batch = new List<ReceivedEvent>();
        while (!_stop.IsCancellationRequested)
        {
            await WaitAsync(queue).ConfigureAwait(false);
            batch.Clear();
            while (batch.Count < _context.Options.MaxBatch && queue.TryRead(out var chunk))
            {
                batch.AddRange(chunk);
            }

            if (batch.Count > 0)
            {
                await TakeAsync(batch).ConfigureAwait(false);
            }

            if (_lease.IsRenewalDue || (_passed is not null && batch.Count == 0))
            {
                await FlushAsync().ConfigureAwait(false);
            }

            if (queue.Completion.IsCompleted && !_stop.IsCancellationRequested)
            {
                // Throws what ended the reading.
                await queue.Completion.ConfigureAwait(false);
            }
        }
    }

    // Until there is an event, the checkpoint is due, or the lease has to be renewed.
    private async Task WaitAsync(ChannelReader<IReadOnlyList<ReceivedEvent>> queue)
    {
        // One that timed out is waited for again: they would pile up.
        _wait ??= queue.WaitToReadAsync(_stop.Token).AsTask();
        var most = _passed is not null ? _context.Options.CheckpointDelay : _context.Options.LeaseDuration / 3;
        try
        {
            await _wait.WaitAsync(most, _context.Time).ConfigureAwait(false);
            _wait = null;
        }
        catch (TimeoutException)
        {
            // Something else is due.
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The loop looks at it.
        }
    }

    private async Task TakeAsync(List<ReceivedEvent> batch)
    {
        var last = batch[^1];
        if (!batch.Exists(Events.TwinEventReader.IsWanted))
        {
            // Telemetry: nothing to write but the checkpoint, and that not each time.
            _passed = (last.SequenceNumber, last.Offset, last.EnqueuedTime);
            _counters.Add(batch.Count, 0, 0, 0, 0, 0);
            return;
        }

        await _writer.WriteAsync(batch, _abort.Token).ConfigureAwait(false);
        _passed = null;
        Moved();
    }

    private async Task FlushAsync()
    {
        try
        {
            await _lease.WriteAsync(Checkpoint(), _abort.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (RetryDelay.IsTransient(e))
        {
            ReplicationLog.Waiting(_context.Logger, e.Message);
            await _context.RetryAsync(async token =>
            {
                await _lease.RefreshAsync(token).ConfigureAwait(false);
                await _lease.WriteAsync(Checkpoint(), token).ConfigureAwait(false);
                return true;
            }, _abort.Token).ConfigureAwait(false);
        }

        _passed = null;
        Moved();
    }

    private Func<PartitionRecord, PartitionRecord>? Checkpoint() => _passed is not { } passed ? null : before => before with
    {
        Sequence = passed.Sequence, Offset = passed.Offset, Enqueued = passed.Enqueued,
    };

    private void Moved() => Progress.Moved(_lease.Record.Sequence, _lease.Record.Enqueued);
}
