using System.Collections.Concurrent;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Tests.Sync.Work;

/// <summary>Does what a test says with each item, and remembers who was worked on.</summary>
internal sealed class RecordedHandler(Func<WorkItem, CancellationToken, Task<WorkResult>> act) : IWorkHandler
{
    private readonly ConcurrentDictionary<string, int> _inFlight = new();

    public RecordedHandler(Func<WorkItem, WorkResult> act)
        : this((item, _) => Task.FromResult(act(item)))
    {
    }

    public ConcurrentQueue<WorkItem> Attempts { get; } = new();

    /// <summary>Gets a value indicating whether one device was worked on twice at the same time.</summary>
    public bool Overlapped { get; private set; }

    public async Task<WorkResult> RunAsync(WorkItem item, CancellationToken cancellationToken)
    {
        Overlapped |= _inFlight.AddOrUpdate(item.DeviceId, 1, (_, count) => count + 1) > 1;
        Attempts.Enqueue(item);
        try
        {
            return await act(item, cancellationToken);
        }
        finally
        {
            _inFlight.AddOrUpdate(item.DeviceId, 0, (_, count) => count - 1);
        }
    }

    public int CountOf(string deviceId) => Attempts.Count(item => item.DeviceId == deviceId);
}
