using System.Threading.Channels;

namespace Nave.Client;

/// <summary>
/// Several partitions read into one sequence of batches. Each partition holds what has come until it is its turn, and asks for more as its events
/// are taken: a reader that stops reading holds as much as was asked for ahead, and no more.
/// </summary>
internal sealed class EventRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<PartitionReader> _ready;
    private readonly Task[] _running;
    private PartitionReader? _taken;

    public EventRun(EventStream stream, EventReadOptions options, IReadOnlyList<PartitionStart> starts)
    {
        // A partition is in the queue once at most.
        _ready = Channel.CreateBounded<PartitionReader>(starts.Count);
        _running = [.. starts.Select(start => RunAsync(new PartitionReader(stream, options, start, reader => _ready.Writer.TryWrite(reader))))];
    }

    /// <summary>Gives the next batch of one partition; the batch before it is done with.</summary>
    /// <exception cref="AmqpPeerException">A partition cannot be read, now or any more.</exception>
    public async ValueTask<IReadOnlyList<ReceivedEvent>> NextAsync(CancellationToken cancellationToken)
    {
        var taken = _taken;
        _taken = null;
        taken?.Release();
        try
        {
            _taken = await _ready.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e) when (e.InnerException is { } reason)
        {
            throw new AmqpPeerException(
                (reason as AmqpPeerException)?.Error ?? AmqpPeerError.Refused, reason.Message, (reason as AmqpPeerException)?.Condition, reason.InnerException ?? reason);
        }

        return _taken.Take();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(PartitionReader reader)
    {
        try
        {
            await reader.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever reads has gone.
        }
        catch (Exception e)
        {
            // Events that came before it are handed out first.
            _ready.Writer.TryComplete(e);
        }
    }
}
