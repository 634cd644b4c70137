using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation.Scheduling;
using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation.Running;

/// <summary>One device of a running fleet: does what its script says, over a client of its own.</summary>
internal sealed class SimulatedDevice : IScheduled, IAsyncDisposable
{
    // Away from the hub, a device keeps this many messages: ten thousand devices must fit into one process.
    private const int MaxQueuedMessages = 1_000;

    private readonly DeviceGroup _group;
    private readonly FleetContext _fleet;
    private readonly int _number;
    private readonly int _seed;
    private readonly TemplateContext _template;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private DeviceScript? _script;
    private DeviceClient? _client;
    private bool _connected;
    private bool _disposed;
    private long _messages;
    private int _waited;

    public SimulatedDevice(DeviceGroup group, int index, int number, FleetContext fleet)
    {
        _group = group;
        _fleet = fleet;
        _number = number;
        _seed = Mix(fleet.Definition.Seed, number);
        Id = group.Id.For(group.First + index);
        _random = new Random(_seed);
        _template = new TemplateContext(Id, index, new Random(_seed + 1));
    }

    /// <summary>Gets the device id.</summary>
    public string Id { get; }

    /// <summary>Gets or sets the device's key, base64.</summary>
    public string? Key { get; set; }

    /// <summary>Gets the group.</summary>
    public DeviceGroup Group => _group;

    /// <inheritdoc/>
    public TimeSpan Due => _script?.Due ?? TimeSpan.MaxValue;

    /// <summary>Connects, and begins to do what the script says; until then it retries, and never throws but when it is cancelled.</summary>
    public async Task StartAsync(FleetScheduler scheduler, CancellationToken cancellationToken)
    {
        var client = await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (client is not null)
        {
            _script = new DeviceScript(_group, _random, scheduler.Now);
            scheduler.Add(this);
        }
    }

    /// <inheritdoc/>
    public void Act(TimeSpan now)
    {
        var action = _script!.Take(now); // It was added with a script.
        switch (action.Kind)
        {
            case DeviceActionKind.Send:
                Send(action, now);
                break;
            case DeviceActionKind.Report:
                _ = ReportAsync(now);
                break;
            case DeviceActionKind.Drop:
                _client?.Drop();
                break;
            case DeviceActionKind.Stop:
                _ = CloseAsync();
                break;
            default:
                _ = OpenAsync(_fleet.Stopping);
                break;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        await CloseAsync().ConfigureAwait(false);
    }

    // The same for the same seed, in every process: HashCode would not be.
    private static int Mix(int seed, int number) => unchecked((int)(((uint)seed * 2654435761u) ^ ((uint)number * 40503u) ^ ((uint)number << 16)));

    private async Task<DeviceClient?> OpenAsync(CancellationToken cancellationToken)
    {
        var client = DeviceClient.Create(
            new IotHubConnectionString { HostName = _fleet.HostName, DeviceId = Id, SharedAccessKey = Key },
            _fleet.DeviceOptions with { RetryFirstConnect = true, MaxQueuedMessages = MaxQueuedMessages, Random = new Random(_seed + 2) });
        client.ConnectionChanged += OnConnectionChanged;
        lock (_gate)
        {
            if (_disposed || _client is not null)
            {
                return null;
            }

            _client = client;
        }

        try
        {
            await client.ConnectAsync(cancellationToken).ConfigureAwait(false);
            if (_group.Methods.Count > 0)
            {
                await client.SetMethodHandlerAsync(AnswerAsync, cancellationToken).ConfigureAwait(false);
            }

            await client.SetMessageHandlerAsync(ReceiveAsync, cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch (DeviceClientException e)
        {
            _fleet.Report($"{Id}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }

        return null;
    }

    private async Task CloseAsync()
    {
        DeviceClient? client;
        lock (_gate)
        {
            client = _client;
            _client = null;
        }

        if (client is not null)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Send(DeviceAction action, TimeSpan now)
    {
        if (action.Skipped > 0)
        {
            _fleet.Counters.Skipped(action.Skipped);
        }

        var message = _messages++;
        Fill(now, message);
        var body = _group.Payload.Evaluate(_template);
        if (action.BadPayload)
        {
            body = Spoil(body);
        }

        var properties = PropertiesOf(message);
        for (var i = action.Duplicate ? 2 : 1; i > 0; i--)
        {
            _ = SendAsync(body, properties, message, action.Late);
        }
    }

    private async Task SendAsync(byte[] body, EventProperties properties, long message, TimeSpan late)
    {
        try
        {
            if (late > TimeSpan.Zero)
            {
                await Task.Delay(late, _fleet.Time, _fleet.Stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return; // It was never given to the client, and is not counted.
        }

        if (_client is not { } client)
        {
            return; // Stopped meanwhile: the message is gone with the device's memory.
        }

        _fleet.Counters.Sent();
        var start = _fleet.Time.GetTimestamp();
        try
        {
            await client.SendEventAsync(body, properties, CancellationToken.None).ConfigureAwait(false);
            _fleet.Counters.Acknowledged(_fleet.Time.GetElapsedTime(start));
            _fleet.Ledger.NoteAcknowledged(_number, message);
            _fleet.Timeline?.Resume(Id, "sending", _fleet.Time.GetUtcNow(), client.HostName, Volatile.Read(ref _waited));
        }
        catch (DeviceClientException e)
        {
            _fleet.Counters.Failed();
            if (e.Error != DeviceClientError.Disposed)
            {
                _fleet.Report($"{Id}: {e.Message}");
            }
        }
    }

    private async Task ReportAsync(TimeSpan now)
    {
        Fill(now, _messages);
        var patch = RawJson.FromTrusted(_group.Reported!.Patch.Evaluate(_template)); // The script reports, so there is a patch.
        if (_client is not { } client)
        {
            return;
        }

        try
        {
            await client.PatchReportedAsync(patch, baseVersion: null, _fleet.Stopping).ConfigureAwait(false);
            _fleet.Counters.Reported();
        }
        catch (Exception e) when (e is DeviceClientException or HubException)
        {
            _fleet.Report($"{Id}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
    }

    private async ValueTask<DirectMethodResponse> AnswerAsync(DeviceMethodCall call, CancellationToken cancellationToken)
    {
        if (!_group.Methods.TryGetValue(call.Name, out var answer) && !_group.Methods.TryGetValue("*", out answer))
        {
            return new DirectMethodResponse { Status = 404 };
        }

        await Task.Delay(answer.After, _fleet.Time, cancellationToken).ConfigureAwait(false);
        var payload = answer.Payload is null ? call.Payload : JsonOf(answer.Payload);
        _fleet.Counters.MethodAnswered();
        return new DirectMethodResponse { Status = answer.Status, Payload = payload };
    }

    private RawJson JsonOf(PayloadTemplate template)
    {
        // Methods are answered beside the schedule: a context of their own keeps messages in their sequence.
        var context = new TemplateContext(Id, _template.Index, new Random(_seed + 3)) { Now = _fleet.Time.GetUtcNow() + Skew, Elapsed = _template.Elapsed };
        var bytes = template.Evaluate(context);
        return template.IsJson ? RawJson.FromTrusted(bytes) : RawJson.FromTrusted(JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(bytes)));
    }

    private Task ReceiveAsync(DeviceMessage message, CancellationToken cancellationToken)
    {
        _fleet.Counters.Received();
        return Task.CompletedTask;
    }

    private TimeSpan Skew => _script?.ClockSkew ?? TimeSpan.Zero;

    private void Fill(TimeSpan now, long message)
    {
        _template.Now = _fleet.Time.GetUtcNow() + Skew;
        _template.Elapsed = now;
        _template.Message = message;
    }

    private EventProperties PropertiesOf(long message)
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.MessageId, _fleet.Ledger.IdOf(_number, message));
        if (_group.ContentType is { } type)
        {
            writer.Add(SystemProperty.ContentType, type);
        }

        if (_group.ContentEncoding is { } encoding)
        {
            writer.Add(SystemProperty.ContentEncoding, encoding);
        }

        foreach (var (name, template) in _group.Properties)
        {
            writer.Add(name, template.Evaluate(_template));
        }

        return writer.ToProperties();
    }

    private static byte[] Spoil(byte[] body) => [.. body.AsSpan(0, body.Length / 2), 0xFF];

    private void OnConnectionChanged(object? sender, DeviceConnectionChange change)
    {
        lock (_gate)
        {
            var connected = change.State == DeviceConnectionState.Connected;
            if (connected == _connected)
            {
                if (!connected && change.Reason is not null)
                {
                    _fleet.Report($"{Id}: {change.Reason.Message}");
                }

                return;
            }

            _connected = connected;
            if (sender is DeviceClient client && _fleet.Timeline is { } timeline)
            {
                if (connected)
                {
                    Volatile.Write(ref _waited, client.Waiting + client.InFlight);
                }
                else if (change.State != DeviceConnectionState.Closed)
                {
                    timeline.Stop(Id, "sending", change.At, change.Reason?.Message);
                }
            }
        }

        if (change.State == DeviceConnectionState.Connected)
        {
            _fleet.Counters.ConnectionOpened();
        }
        else
        {
            _fleet.Counters.ConnectionEnded(isFault: change.State != DeviceConnectionState.Closed);
        }
    }
}
