using System.Globalization;

namespace Nave.Fleet.Recovery;

/// <summary>All devices of a drill.</summary>
internal sealed class DrillFleet(DrillDevice[] devices, string run, DrillDefinition definition, TimeProvider time) : IAsyncDisposable
{
    private const int MaxConnecting = 100;
    private const int DisposeParallelism = 256;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _sending = [];

    public IReadOnlyList<DrillDevice> Devices => devices;

    /// <summary>Connects all devices; each begins to send as soon as it is connected.</summary>
    /// <param name="report">Which devices report a property in their twin.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task StartAsync(Func<DrillDevice, bool> report, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        using var places = new SemaphoreSlim(MaxConnecting);
        var connecting = new List<Task>(devices.Length);
        foreach (var device in devices)
        {
            var wait = TimeSpan.FromSeconds(connecting.Count / definition.ConnectRate) - time.GetElapsedTime(start);
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }

            await places.WaitAsync(cancellationToken).ConfigureAwait(false);
            connecting.Add(ConnectAsync(device, places));
        }

        await Task.WhenAll(connecting).WaitAsync(definition.Timeout, time, cancellationToken).ConfigureAwait(false);

        async Task ConnectAsync(DrillDevice device, SemaphoreSlim free)
        {
            try
            {
                await device.ConnectAsync(cancellationToken).ConfigureAwait(false);
                if (report(device))
                {
                    await device.ReportAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                free.Release();
            }

            lock (_sending)
            {
                _sending.Add(device.SendAsync(definition.Interval, _stop.Token));
            }
        }
    }

    /// <summary>Finds the device's record of an event by the event's message id.</summary>
    /// <returns><see langword="null"/> if it is not of this drill.</returns>
    public DrillMessage? Find(string? messageId) =>
        messageId?.Split('-') is [var its, var device, var sequence] && its == run
        && int.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < devices.Length
        && int.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? devices[number].Find(index)
            : null;

    /// <summary>Waits until every device has had an event acknowledged by a hub, and read from it, that it sent after a time.</summary>
    /// <returns>Whether they all have, within the drill's time.</returns>
    public async Task<bool> WaitAsync(int hub, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var left = devices.ToList();
        while (true)
        {
            left.RemoveAll(device => HasArrived(device, hub, since.UtcTicks));
            if (left.Count == 0)
            {
                return true;
            }

            if (time.GetElapsedTime(started) > definition.Timeout)
            {
                return false;
            }

            await Task.Delay(s_look, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the sending and waits for what is on its way.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_sending).ConfigureAwait(false);
        var started = time.GetTimestamp();
        while (devices.Any(device => device.Pending > 0) && time.GetElapsedTime(started) < definition.Timeout)
        {
            await Task.Delay(s_look, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Parallel.ForEachAsync(
            devices, new ParallelOptions { MaxDegreeOfParallelism = DisposeParallelism }, async (device, _) => await device.DisposeAsync().ConfigureAwait(false))
            .ConfigureAwait(false);
        _stop.Dispose();
    }

    private static bool HasArrived(DrillDevice device, int hub, long since)
    {
        var messages = device.Messages;
        for (var i = messages.Length - 1; i >= 0 && messages[i].Sent >= since; i--)
        {
            if (messages[i] is { Acknowledged: > 0, Read: > 0 } message && message.AcknowledgedBy == hub && message.ReadFrom == hub)
            {
                return true;
            }
        }

        return false;
    }
}
