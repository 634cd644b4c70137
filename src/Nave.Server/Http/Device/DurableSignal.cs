using Nave.Storage;

namespace Nave.Server.Http.Device;

/// <summary>Ends when all events of a request are on disk, or one of them is not going to be.</summary>
internal sealed class DurableSignal(int count) : IAppendObserver
{
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting = count;

    public Task<bool> Task => _done.Task;

    public void Appended(long token, bool durable)
    {
        if (!durable)
        {
            _done.TrySetResult(false);
        }
        else if (Interlocked.Decrement(ref _waiting) == 0)
        {
            _done.TrySetResult(true);
        }
    }
}
