using System.Net.Sockets;
using System.Security.Authentication;
using Nave.Api;
using Nave.Crash.Tests.Drivers;

namespace Nave.Crash.Tests.Load;

/// <summary>A device over MQTT that connects whenever there is a hub, and works until the connection breaks.</summary>
internal abstract class DeviceActor(LoadContext context, string deviceId, bool tls, IReadOnlyList<string> filters) : IMqttLinkHandler
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
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var life = await context.Hub.UpAsync(stop);
                using var link = await MqttLink.OpenAsync(life.Address, deviceId, tls, filters, stop);
                Incarnation++;
                Life = life.Number;
                await UseAsync(link, stop);
            }
            catch (OperationCanceledException)
            {
                // The load ends, or a connection took too long.
            }
            catch (RefusedException e) when (!e.IsTemporary)
            {
                context.History.Anomalies.Enqueue((deviceId, e.Message));
                await PauseAsync(stop);
            }
            catch (Exception e) when (IsBroken(e))
            {
                await PauseAsync(stop);
            }
        }
    }

    /// <inheritdoc/>
    public abstract void Acknowledged(MqttLink link, ushort packetId);

    /// <inheritdoc/>
    public abstract void Published(MqttLink link, in MqttTopicMatch topic, ReadOnlySpan<byte> payload, ushort packetId);

    /// <summary>Works on one connection, until it breaks or the load ends.</summary>
    protected abstract Task WorkAsync(MqttLink link, CancellationToken stop);

    /// <summary>Lets go of what belonged to a connection that has ended.</summary>
    protected virtual void Disconnected()
    {
    }

    /// <summary>Waits a little.</summary>
    protected async Task PauseAsync(int maxMilliseconds, CancellationToken cancellationToken)
    {
        if (Random.Next(maxMilliseconds + 1) is > 0 and var milliseconds)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, cancellationToken);
        }
    }

    private static bool IsBroken(Exception e) => e is IOException or SocketException or ObjectDisposedException or AuthenticationException;

    private async Task UseAsync(MqttLink link, CancellationToken stop)
    {
        var reading = ReadAsync(link);
        try
        {
            await WorkAsync(link, stop);
        }
        finally
        {
            link.Dispose();
            await reading;
            Disconnected();
        }
    }

    private async Task ReadAsync(MqttLink link)
    {
        try
        {
            await link.ReadAsync(this, CancellationToken.None);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // It was cut off: that is what the suite is for.
        }
        catch (Exception e)
        {
            context.History.Anomalies.Enqueue((deviceId, $"What the hub sent cannot be read: {e.Message}"));
        }
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Next(10, 60)), TimeProvider.System, stop);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }
}
