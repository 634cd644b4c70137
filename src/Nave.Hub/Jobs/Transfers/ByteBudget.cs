namespace Nave.Hub.Jobs;

/// <summary>Bounds the bytes that one producer has under way; a single piece larger than the budget passes alone.</summary>
internal sealed class ByteBudget(long bytes)
{
    private readonly Lock _gate = new();
    private long _used;
    private TaskCompletionSource? _freed;

    /// <summary>Takes bytes; waits until there are some. For one caller at a time.</summary>
    public async ValueTask TakeAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task freed;
            lock (_gate)
            {
                if (_used == 0 || _used + count <= bytes)
                {
                    _used += count;
                    return;
                }

                _freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                freed = _freed.Task;
            }

            await freed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(int count)
    {
        TaskCompletionSource? freed;
        lock (_gate)
        {
            _used -= count;
            freed = _freed;
            _freed = null;
        }

        freed?.TrySetResult();
    }
}
