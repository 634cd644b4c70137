namespace Nave.Crash.Tests.Load;

/// <summary>Tells clients when there is a hub.</summary>
internal sealed class HubSwitch
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<HubLife> _up = NewSignal();

    /// <summary>A hub takes work.</summary>
    public void Raise(HubLife life)
    {
        lock (_gate)
        {
            _up.SetResult(life);
        }
    }

    /// <summary>The hub is about to go.</summary>
    public void Lower()
    {
        lock (_gate)
        {
            _up = NewSignal();
        }
    }

    /// <summary>Waits for a hub.</summary>
    public Task<HubLife> UpAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _up.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits for a later life than one that broke a request off.</summary>
    public async Task<HubLife> UpAfterAsync(int life, CancellationToken cancellationToken)
    {
        while (true)
        {
            var up = await UpAsync(cancellationToken);
            if (up.Number > life)
            {
                return up;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }

    private static TaskCompletionSource<HubLife> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
