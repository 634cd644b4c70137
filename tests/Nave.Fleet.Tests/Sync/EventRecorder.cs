using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.Telemetry;

namespace Nave.Fleet.Tests.Sync;

/// <summary>A log that keeps the custom events, as a collector would get them.</summary>
internal sealed class EventRecorder : ILogger<SyncEvents>
{
    private readonly ConcurrentQueue<(string Name, IReadOnlyList<KeyValuePair<string, object?>> Values)> _events = new();

    public IReadOnlyList<string> Names => [.. _events.Select(told => told.Name)];

    public object? ValueOf(string name) => _events.Last().Values.Single(pair => pair.Key == name).Value;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _events.Enqueue((eventId.Name!, (IReadOnlyList<KeyValuePair<string, object?>>)state!)); // Every custom event has both.
}
