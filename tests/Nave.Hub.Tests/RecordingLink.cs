using Nave.Hub.Connections;

namespace Nave.Hub.Tests;

/// <summary>A link that remembers what the hub did with it.</summary>
internal sealed class RecordingLink : IDeviceLink
{
    private readonly TaskCompletionSource<CloseReason> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _closes;

    public string Protocol { get; init; } = "Mqtt";

    /// <summary>Gets a task that ends when the hub closes the link.</summary>
    public Task<CloseReason> Closed => _closed.Task.WaitAsync(Testing.TestDeadline.Default);

    public bool IsClosed => _closed.Task.IsCompleted;

    public int Closes => Volatile.Read(ref _closes);

    /// <summary>Gets the patches of desired properties that were pushed.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<ReadOnlyMemory<byte>> DesiredChanges { get; } = [];

    public void DesiredChanged(long version, ReadOnlyMemory<byte> patch) => DesiredChanges.Enqueue(patch);

    public bool TryInvoke(string requestId, string methodName, ReadOnlyMemory<byte> payload) => !IsClosed;

    public void CloudToDeviceAvailable()
    {
    }

    public void Close(CloseReason reason)
    {
        Interlocked.Increment(ref _closes);
        _closed.TrySetResult(reason);
    }
}
