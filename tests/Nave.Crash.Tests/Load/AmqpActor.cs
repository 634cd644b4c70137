using Nave.Client;
using Nave.Crash.Tests.Drivers;

namespace Nave.Crash.Tests.Load;

/// <summary>A device over AMQP that connects whenever there is a hub, and works until the connection breaks.</summary>
internal abstract class AmqpActor(LoadContext context, string deviceId, bool tls)
{
    protected LoadContext Context => context;

    protected string DeviceId => deviceId;

    protected Random Random { get; } = context.RandomOf(deviceId);

    /// <summary>Gets which connection of the device this is, from 1.</summary>
    protected int Incarnation { get; private set; }

    /// <summary>Gets the life of the hub that the device is connected to.</summary>
    protected int Life { get; private set; }

    /// <summary>Works until the load ends; what was begun is finished first.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var life = await context.Hub.UpAsync(stop);
                stop.ThrowIfCancellationRequested();
                try
                {
                    await using var peer = await AmqpDriver.OpenAsync(life.Address, deviceId, tls, stop);
                    Incarnation++;
                    Life = life.Number;
                    await WorkAsync(peer, stop);
                }
                catch (AmqpPeerException e)
                {
                    if (e.Error != AmqpPeerError.NotConnected)
                    {
                        context.History.Anomalies.Enqueue((deviceId, e.Message));
                    }

                    await PauseAsync(60, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The load has ended.
        }
    }

    /// <summary>Works on one connection, until it breaks or the load ends.</summary>
    /// <exception cref="AmqpPeerException">The connection broke.</exception>
    protected abstract Task WorkAsync(AmqpPeer peer, CancellationToken stop);

    /// <summary>Waits a little.</summary>
    protected Task PauseAsync(int maxMilliseconds, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(Random.Next(1, maxMilliseconds + 1)), TimeProvider.System, cancellationToken);
}
