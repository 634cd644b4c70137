using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Tests.NetworkServers;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>A sync that is served over a real hub and a ThingPark of its own; it can be stopped and started again.</summary>
internal sealed class ServedSync : IAsyncDisposable
{
    public const string Secret = "a shared secret of the webhook";
    public const string Key = "the key of the caller named erp";
    public const string WestKey = "the key of the caller named west";

    private readonly TemporaryFolder _folder = new();
    private readonly LogRecorder _logs = new();
    private readonly string _yaml;
    private readonly TimeProvider _time;
    private readonly SyncServerOptions _options;
    private SyncServer? _server;

    private ServedSync(string yaml, SyncServerOptions options, TimeProvider time)
    {
        _yaml = yaml;
        _options = options;
        _time = time;
    }

    public ThingParkServer ThingPark { get; } = new();

    public HttpClient Http { get; } = new();

    public Uri Url => _server!.Ready.Url; // Started before any test.

    public SyncReady Ready => _server!.Ready; // Started before any test.

    /// <summary>Gets everything that was logged.</summary>
    public IReadOnlyList<string> Log => _logs.Lines;

    /// <summary>Gets the names of the custom events that were told.</summary>
    public IReadOnlyList<string> Events => _logs.Events;

    /// <summary>Starts one.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="sections">Further sections of the file.</param>
    /// <param name="options">What is given beside.</param>
    /// <param name="time">The clock.</param>
    public static async Task<ServedSync> StartAsync(ServedHub hub, string sections, SyncServerOptions? options = null, TimeProvider? time = null)
    {
        var yaml = $"name: rt\nhub:\n{hub.Section}listen: http://localhost:0\n{sections}";
        var sync = new ServedSync(yaml, options ?? new SyncServerOptions(), time ?? TimeProvider.System);
        await sync.ThingPark.StartAsync();
        await sync.StartAsync();
        return sync;
    }

    /// <summary>Reads the configuration.</summary>
    public SyncConfiguration Configuration() => SyncConfigurationReader.Parse(
        $"""
        {_yaml}
        store:
          path: {_folder.Path}
        provider:
          name: actility
          baseUri: {ThingPark.BaseUri}
          clientId: {ThingPark.ClientId}
          clientSecret: {ThingPark.ClientSecret}
          callsPerSecond: 1000
        """,
        "sync.yaml",
        _folder.Path,
        SyncEnvironment.Of(new Dictionary<string, string>()),
        ProviderCatalog.Default);

    public async Task StartAsync()
    {
        _server = await SyncServer.StartAsync(Configuration(), _options, _time, new Forwarding(_logs), TestContext.Current.CancellationToken);
    }

    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    public async Task<ISyncControl> ControlAsync() => await SyncControl.OpenAsync(Configuration(), _time, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await ThingPark.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Makes the tags of a complete device.</summary>
    public static string Tags(string eui, string key = "258DB54023EA7FE3D55085F7351737D0", string profile = "LORA/GenericA.1_ETSI_Rx2-SF12") =>
        $$"""{"EUI":"{{eui}}","activationType":"OTAA","deviceProfileId":"{{profile}}","applicationEUI":"70B3D53260666003","applicationKey":"{{key}}"}""";

    private sealed class Forwarding(LogRecorder logs) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A test has one log.");

        public ILogger CreateLogger(string categoryName) => logs.CreateLogger(categoryName);

        public void Dispose()
        {
            // The recorder has nothing to give back.
        }
    }

    private sealed class LogRecorder : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();
        private readonly ConcurrentQueue<string> _events = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public IReadOnlyList<string> Events => [.. _events];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
            if (eventId.Id is > 100 and <= 112 && eventId.Name is { } name)
            {
                _events.Enqueue(name);
            }
        }

        public void Dispose()
        {
            // Lines are kept for the test.
        }
    }
}
