using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>A client of the hub's HTTPS side: one request after the other. A request that was cut off has no effect in a later life.</summary>
internal abstract class ServiceActor(LoadContext context, string name)
{
    protected LoadContext Context => context;

    protected RunHistory History => context.History;

    protected string Name => name;

    protected Random Random { get; } = context.RandomOf(name);

    /// <summary>Works until the load ends; the request that is under way is finished first.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var life = await context.Hub.UpAsync(stop);
                stop.ThrowIfCancellationRequested();
                if (!await StepAsync(life))
                {
                    await context.Hub.UpAfterAsync(life.Number, stop);
                }

                if (MaxPause > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Next(MaxPause + 1)), TimeProvider.System, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The load has ended.
        }
        catch (TaskCanceledException)
        {
            History.Anomalies.Enqueue((name, "a request got no answer within its time-out while the hub was there"));
        }
    }

    /// <summary>Gets the longest pause between two steps, in milliseconds.</summary>
    protected virtual int MaxPause => 10;

    /// <summary>Makes a request and notes what came of it.</summary>
    /// <returns><see langword="false"/> if it was cut off.</returns>
    protected abstract Task<bool> StepAsync(HubLife life);

    /// <summary>Tells whether an answer came.</summary>
    protected static bool Answered(HubReply reply) => reply.Status != 0;
}
