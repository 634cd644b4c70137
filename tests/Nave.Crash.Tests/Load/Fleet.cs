using System.Collections.Concurrent;
using System.Text;
using Nave.Crash.Tests.Checking;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>All clients of a run.</summary>
internal sealed class Fleet : IDisposable
{
    /// <summary>How many partitions the hub has: the default of <c>nave serve</c>.</summary>
    public const int Partitions = 4;

    private const int TelemetryDevices = 16;
    private const int TlsDevices = 2;
    private const int TwinDevices = 6;
    private const int QueuesOverMqtt = 3;
    private const int QueuesOverHttp = 2;
    private const int QueuesOverAmqp = 2;
    private const int AmqpDevices = 4;
    private const int ClientDevices = 2;
    private const int HttpDevices = 2;
    private const int Clients = 2;

    private readonly LoadContext _context;
    private readonly EventWitness _witness;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IDisposable> _owned = [];
    private readonly string[] _telemetry = Names("telemetry", TelemetryDevices);
    private readonly string[] _twins = Names("twin", TwinDevices);
    private readonly string[] _mqttQueues = Names("inbox", QueuesOverMqtt);
    private readonly string[] _httpQueues = Names("mailbox", QueuesOverHttp);
    private readonly string[] _amqpQueues = Names("postbox", QueuesOverAmqp);
    private readonly string[] _amqp = Names("amqp", AmqpDevices);
    private readonly string[] _http = Names("https", HttpDevices);
    private readonly string[] _clients = Names("client", ClientDevices);
    private Task _work = Task.CompletedTask;

    public Fleet(LoadContext context, EventWitness witness)
    {
        _context = context;
        _witness = witness;
        context.History.TwinDevices.AddRange(_twins);
    }

    /// <summary>Gets the devices with cloud-to-device messages.</summary>
    public IEnumerable<string> Queues => [.. _mqttQueues, .. _httpQueues, .. _amqpQueues];

    /// <summary>Creates the devices, in bulk.</summary>
    /// <exception cref="InvalidOperationException">The hub refuses.</exception>
    public async Task RegisterAsync(HubLife life)
    {
        var devices = new[] { _telemetry, _twins, _mqttQueues, _httpQueues, _amqpQueues, _amqp, _clients, _http }.SelectMany(ids => ids).Select(id =>
        {
            var key = Convert.ToBase64String(DeviceKeys.Of(id));
            return $$$$"""{"id":"{{{{id}}}}","importMode":"create","status":"enabled","authentication":{"type":"sas","symmetricKey":{"primaryKey":"{{{{key}}}}","secondaryKey":"{{{{key}}}}"}}}""";
        });
        var reply = await life.Http.ServiceAsync(HttpMethod.Post, "devices", Encoding.UTF8.GetBytes($"[{string.Join(",", devices)}]"));
        if (reply.Status != 200)
        {
            throw new InvalidOperationException($"The devices cannot be created: {reply.Status} {Encoding.UTF8.GetString(reply.Body.Span)}");
        }
    }

    /// <summary>Begins to work.</summary>
    public void Start()
    {
        var etags = new ConcurrentDictionary<string, string>();
        var follower = new EventFollower(_context, _witness);
        _work = Task.WhenAll(
        [
            .. _telemetry.Select((id, i) => Run(Own(new TelemetryDevice(_context, id, tls: i < TlsDevices)).RunAsync)),
            .. _amqp.Select((id, i) => Run(new AmqpTelemetryDevice(_context, id, tls: i == 0).RunAsync)),
            .. _amqpQueues.Select((id, i) => Run(new AmqpCommandDevice(_context, id, tls: i == 0).RunAsync)),
            .. _http.Select(id => Run(new HttpSender(_context, id).RunAsync)),
            .. _clients.Select(id => Run(Own(new ClientDevice(_context, id)).RunAsync)),
            .. _twins.Select(id => Run(new TwinDevice(_context, id).RunAsync)),
            .. Names("twin-service", Clients).Select(name => Run(new TwinService(_context, name, _twins, etags).RunAsync)),
            .. Names("registry", Clients).Select(name => Run(new RegistryWriter(_context, name, identities: 6).RunAsync)),
            .. Names("bulk", Clients).Select(name => Run(new BulkWriter(_context, name, identities: 10).RunAsync)),
            .. _mqttQueues.Select(id => Run(new CommandDevice(_context, id).RunAsync)),
            .. Names("sender", Clients).Select(name => Run(new CommandSender(_context, name, [.. Queues]).RunAsync)),
            .. _httpQueues.SelectMany(id =>
            {
                var latest = new ConcurrentDictionary<string, CommandReceipt>();
                return Names(id + "-receiver", Clients).Select(name => Run(new CommandReceiver(_context, name, id, latest).RunAsync));
            }),
            Run(new MethodCaller(_context, "caller", _telemetry).RunAsync),
            .. Enumerable.Range(0, Partitions).Select(partition => Run(stop => follower.RunAsync(partition, stop))),
        ]);
    }

    /// <summary>Ends the work; what was begun is finished first, so the hub must be there.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        await _stop.CancelAsync();
        await _work.WaitAsync(timeout, TimeProvider.System);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }

        _stop.Dispose();
    }

    private static string[] Names(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => $"{prefix}-{i}")];

    private T Own<T>(T device)
        where T : IDisposable
    {
        _owned.Add(device);
        return device;
    }

    private Task Run(Func<CancellationToken, Task> work) => Task.Run(() => work(_stop.Token), CancellationToken.None);
}
