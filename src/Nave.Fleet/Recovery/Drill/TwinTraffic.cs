using System.Globalization;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>Changes twins of the active hub, one after the other, until that hub is lost: what a mirror has to follow.</summary>
internal sealed class TwinTraffic(ServiceClient hub, IReadOnlyList<string> devices, double perSecond, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _isEnding;

    public void Start()
    {
        if (devices.Count > 0 && perSecond > 0)
        {
            _running = RunAsync();
        }
    }

    /// <summary>Ends it: afterwards no change is on its way, unless the hub is lost and its answer with it.</summary>
    /// <param name="isLost">The hub is lost: a change that was not answered is given up.</param>
    public async Task StopAsync(bool isLost)
    {
        if (isLost)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        Volatile.Write(ref _isEnding, true);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        for (var number = 0; !Volatile.Read(ref _isEnding); number++)
        {
            try
            {
                var patch = RawJson.Parse(string.Create(CultureInfo.InvariantCulture, $"{{\"tags\":{{\"drill\":{number}}}}}"));
                await hub.PatchTwinAsync(new IdentityId(devices[number % devices.Count]), patch, null, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HubException or HttpRequestException or TimeoutException or IOException)
            {
                // The hub is being lost, or too busy: the next one.
            }

            await Task.Delay(TimeSpan.FromSeconds(1 / perSecond), time, _stop.Token).ConfigureAwait(false);
        }
    }
}
