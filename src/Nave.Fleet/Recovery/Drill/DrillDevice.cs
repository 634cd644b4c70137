using System.Globalization;
using System.Text;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>One device of a drill: sends numbered events, follows to the other hub by itself, and remembers what became of each event.</summary>
internal sealed class DrillDevice : IAsyncDisposable
{
    private readonly DeviceClient _client;
    private readonly string[] _hosts;
    private readonly string _run;
    private readonly int _number;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<DrillMessage> _messages = [];
    private int _hub = -1;
    private int _pending;
    private int _waited;

    /// <param name="id">The device id.</param>
    /// <param name="number">Its number in the drill, from 0.</param>
    /// <param name="run">What tells this drill's events from all others.</param>
    /// <param name="client">Its client; the device disposes of it.</param>
    /// <param name="hosts">The host names of the two hubs.</param>
    /// <param name="time">The clock.</param>
    public DrillDevice(string id, int number, string run, DeviceClient client, string[] hosts, TimeProvider time)
    {
        (Id, _number, _run, _client, _hosts, _time) = (id, number, run, client, hosts, time);
        _client.ConnectionChanged += OnConnectionChanged;
    }

    public string Id { get; }

    /// <summary>Gets how many events have no outcome yet.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Gets how many events waited when the last connection was opened.</summary>
    public int Waited => Volatile.Read(ref _waited);

    /// <summary>Gets a copy of what is remembered of all events, in the order of their numbers.</summary>
    public DrillMessage[] Messages
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages];
            }
        }
    }

    public Task ConnectAsync(CancellationToken cancellationToken) => _client.ConnectAsync(cancellationToken);

    public Task ReportAsync(CancellationToken cancellationToken) =>
        _client.PatchReportedAsync(
        RawJson.Parse(string.Create(CultureInfo.InvariantCulture, $"{{\"drill\":{{\"run\":\"{_run}\",\"number\":{_number}}}}}")), null, cancellationToken);

    /// <summary>Sends an event each interval until it is told to stop.</summary>
    public async Task SendAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        try
        {
            // Devices that begin at one moment would go on sending at one moment.
            await Task.Delay(interval * Random.Shared.NextDouble(), _time, cancellationToken).ConfigureAwait(false);
            using var timer = new PeriodicTimer(interval, _time);
            do
            {
                _ = SendOneAsync();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The drill has enough.
        }
    }

    /// <summary>Gets an event by its number; <see langword="null"/> if there is none.</summary>
    public DrillMessage? Find(int sequence)
    {
        lock (_gate)
        {
            return sequence >= 0 && sequence < _messages.Count ? _messages[sequence] : null;
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task SendOneAsync()
    {
        var message = new DrillMessage { Sent = _time.GetUtcNow().Ticks };
        int sequence;
        lock (_gate)
        {
            sequence = _messages.Count;
            _messages.Add(message);
        }

        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.MessageId, string.Create(CultureInfo.InvariantCulture, $"{_run}-{_number}-{sequence}"));
        writer.Add(SystemProperty.ContentType, "application/json");
        writer.Add(SystemProperty.ContentEncoding, "utf-8");
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"drill\":\"{_run}\",\"sequence\":{sequence}}}"));
        Interlocked.Increment(ref _pending);
        try
        {
            await _client.SendEventAsync(body, writer.ToProperties(), CancellationToken.None).ConfigureAwait(false);
            message.NoteAcknowledged(_time.GetUtcNow().Ticks, Volatile.Read(ref _hub));
        }
        catch (DeviceClientException)
        {
            // It stays unacknowledged: the report says so.
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    private void OnConnectionChanged(object? sender, DeviceConnectionChange change)
    {
        if (change.State == DeviceConnectionState.Connected)
        {
            Volatile.Write(ref _hub, Array.IndexOf(_hosts, _client.HostName));
            Volatile.Write(ref _waited, _client.Waiting + _client.InFlight);
        }
    }
}
