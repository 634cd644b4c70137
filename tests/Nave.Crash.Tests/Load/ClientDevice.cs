using System.Text;
using Nave.Api;
using Nave.Client;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>A device that uses the product's own client, which keeps what it was given and connects again by itself.</summary>
internal sealed class ClientDevice(LoadContext context, string deviceId) : IDisposable
{
    private const int Window = 16;
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(30);

    private readonly ClientHistory _history = new(deviceId);
    private readonly Random _random = context.RandomOf(deviceId);
    private readonly SemaphoreSlim _window = new(Window);

    /// <summary>Works until the load ends; then all that was sent must be acknowledged.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        context.History.Clients.Add(_history);
        try
        {
            var life = await context.Hub.UpAsync(stop);
            await using var client = Create(life);
            await client.ConnectAsync(stop);
            try
            {
                while (true)
                {
                    await _window.WaitAsync(stop);
                    _ = SendAsync(client);
                    await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(8)), TimeProvider.System, stop);
                }
            }
            catch (OperationCanceledException)
            {
                for (var i = 0; i < Window; i++)
                {
                    if (!await _window.WaitAsync(s_drainTimeout, CancellationToken.None))
                    {
                        context.History.Anomalies.Enqueue((deviceId, $"events unacknowledged {s_drainTimeout} after the load with the hub there"));
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The load ended before there was a hub.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();

    private DeviceClient Create(HubLife life)
    {
        var connection = new IotHubConnectionString
        {
            HostName = life.Address.Owner.HostName,
            DeviceId = deviceId,
            SharedAccessKey = Convert.ToBase64String(DeviceKeys.Of(deviceId)),
        };
        var client = DeviceClient.Create(connection, new DeviceClientOptions
        {
            Endpoint = new ClientEndpoint { Port = life.Address.MqttPort },
            TrustedRoots = life.Address.Roots,
            RetryFirstConnect = true,
            FirstReconnectDelay = TimeSpan.FromMilliseconds(50),
            LongestReconnectDelay = TimeSpan.FromMilliseconds(500),
        });
        client.ConnectionChanged += (_, change) =>
        {
            if (change.State == DeviceConnectionState.Connected)
            {
                _history.Connections++;
            }
        };
        return client;
    }

    private async Task SendAsync(DeviceClient client)
    {
        int sequence;
        lock (_history)
        {
            sequence = _history.Acknowledged.Count;
            _history.Acknowledged.Add(false);
        }

        try
        {
            await client.SendEventAsync(Encoding.UTF8.GetBytes($$"""{"client":{{sequence}}}"""));
            lock (_history)
            {
                _history.Acknowledged[sequence] = true;
            }

            _window.Release();
        }
        catch (DeviceClientException e)
        {
            context.History.Anomalies.Enqueue((deviceId, $"event {sequence} was given up: {e.Message}"));
        }
    }
}
