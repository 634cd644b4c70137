using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Nave.Api;

namespace Nave.Client;

/// <summary>
/// One event on its way, and what its sender awaits. Reused: it goes back to the pool when both the sender has seen the outcome and
/// the outbox has let go of it.
/// </summary>
internal sealed class SendOperation : IValueTaskSource
{
    // Bounds what an idle process keeps after a burst; beyond it, operations are left to the collector.
    private const int MaxPooled = 16_384;

    private static readonly ConcurrentQueue<SendOperation> s_pool = new();
    private static int s_pooled;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _references;
    private int _completed;

    public ReadOnlyMemory<byte> Body { get; private set; }

    public EventProperties Properties { get; private set; } = EventProperties.Empty;

    /// <summary>Gets when it fails, as a time stamp of the client's clock.</summary>
    public long Deadline { get; private set; }

    public bool IsCompleted => Volatile.Read(ref _completed) != 0;

    public int Bytes => Body.Length + Properties.Encoded.Length;

    /// <summary>Takes an operation from the pool, held by its sender and by the outbox.</summary>
    public static SendOperation Rent(ReadOnlyMemory<byte> body, EventProperties properties, long deadline)
    {
        if (s_pool.TryDequeue(out var operation))
        {
            Interlocked.Decrement(ref s_pooled);
        }
        else
        {
            operation = new SendOperation();
        }

        operation.Body = body;
        operation.Properties = properties;
        operation.Deadline = deadline;
        operation._completed = 0;
        operation._references = 2;
        return operation;
    }

    /// <summary>Gets what the sender awaits, once. Call before the operation can complete.</summary>
    public ValueTask AsTask(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((SendOperation)state!).Fail(new OperationCanceledException(token)), this);
        }

        return new ValueTask(this, _core.Version);
    }

    public void Succeed()
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            _core.SetResult(true);
        }
    }

    public void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            _core.SetException(exception);
        }
    }

    /// <summary>Lets another owner hold it.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>An owner lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
        {
            return;
        }

        Body = default;
        Properties = EventProperties.Empty;
        _core.Reset();
        if (Interlocked.Increment(ref s_pooled) <= MaxPooled)
        {
            s_pool.Enqueue(this);
        }
        else
        {
            Interlocked.Decrement(ref s_pooled);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            // Waits for a cancellation that is running: none may hit the operation's next life.
            _registration.Dispose();
            _registration = default;
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
