using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;

namespace Nave.Client;

/// <summary>How a device client connects, waits and keeps messages.</summary>
public sealed record DeviceClientOptions
{
    /// <summary>Gets how to reach the hub.</summary>
    public ClientTransport Transport { get; init; } = ClientTransport.Mqtt;

    /// <summary>Gets where to connect, if not to the hub's own name and port.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>
    /// Gets the hubs to try, in this order, when the first cannot be reached or refuses: each attempt that fails goes on to the next, and the
    /// delay before a new connection comes after all have failed. A connection stays where it is until it is lost.
    /// </summary>
    public IReadOnlyList<HubSite> Alternates { get; init; } = [];

    /// <summary>Gets the authorities to trust in place of the system's; see <see cref="ClientTrust.LoadPem"/>.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Gets the keep-alive: 1 s to 1177 s (Azure IoT Hub answers for at most 1767 s, 1.5 times that). Origin of 60 s: the Python SDK.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets how long opening a connection may take. Origin of 30 s: common to MQTT clients.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets a value indicating whether the first connection is retried too; otherwise <see cref="DeviceClient.ConnectAsync"/> fails at once.</summary>
    public bool RetryFirstConnect { get; init; }

    /// <summary>Gets a value indicating whether a lost connection is opened again.</summary>
    public bool Reconnect { get; init; } = true;

    /// <summary>Gets the first delay before a new connection. Origin of 1 s: long enough for a hub's listener to come back.</summary>
    public TimeSpan FirstReconnectDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the longest delay before a new connection. Origin of 30 s: the Node SDK's back-off ends near it.</summary>
    public TimeSpan LongestReconnectDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how long a connection must last for the delays to start anew. Origin of 10 s: longer than a kick of a rival client takes.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how long a message may wait and be unacknowledged before its send fails. Origin of 4 min: the .NET SDK's operation time-out.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Gets the most messages that wait to be sent; one more fails at once. Origin of 10,000: an hour at three a second.</summary>
    public int MaxQueuedMessages { get; init; } = 10_000;

    /// <summary>Gets the most bytes of bodies and properties that wait to be sent; one message more fails at once.</summary>
    public long MaxQueuedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Gets the most messages that are sent and unacknowledged: 1 to 65,000. Origin of 4,096: a few round trips of a fast hub.</summary>
    public int MaxInFlight { get; init; } = 4_096;

    /// <summary>Gets how long a twin request may take, reconnecting included.</summary>
    public TimeSpan TwinTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how long a token is made for. Origin of 1 h: all SDKs.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets which part of its life a token is used for before the client connects anew. Origin of 0.85: the .NET SDK's buffer of 15 %.</summary>
    public double TokenUse { get; init; } = 0.85;

    /// <summary>Gets the message that the hub stores for the device if the connection breaks; <see langword="null"/> for none.</summary>
    public ReadOnlyMemory<byte>? WillBody { get; init; }

    /// <summary>Gets the properties of <see cref="WillBody"/>.</summary>
    public EventProperties WillProperties { get; init; } = EventProperties.Empty;

    /// <summary>Gets the digital twin model id that is announced.</summary>
    public string? ModelId { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets what spreads delays; give each client one of its own with a seed for a repeatable run.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Gets the log.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Reports every setting that is out of range.</summary>
    /// <exception cref="ArgumentException">Names each setting, its value and what is permitted.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        Require(
            problems,
            Transport is ClientTransport.Mqtt or ClientTransport.MqttWebSocket or ClientTransport.MqttPlain,
            $"Transport is {Transport}; permitted are Mqtt, MqttWebSocket and MqttPlain.");
        Require(problems, KeepAlive >= TimeSpan.FromSeconds(1) && KeepAlive <= TimeSpan.FromSeconds(1177), $"KeepAlive is {KeepAlive}; permitted are 1 s to 1177 s.");
        Require(problems, MaxInFlight is >= 1 and <= 65_000, $"MaxInFlight is {MaxInFlight}; permitted are 1 to 65,000.");
        Require(problems, MaxQueuedMessages >= 1, $"MaxQueuedMessages is {MaxQueuedMessages}; permitted are 1 and more.");
        Require(problems, MaxQueuedBytes >= 1, $"MaxQueuedBytes is {MaxQueuedBytes}; permitted are 1 and more.");
        Require(problems, TokenUse is > 0 and <= 1, $"TokenUse is {TokenUse}; permitted are above 0 to 1.");
        Require(problems, TokenLifetime >= TimeSpan.FromSeconds(1), $"TokenLifetime is {TokenLifetime}; permitted are 1 s and more.");
        Require(problems, FirstReconnectDelay > TimeSpan.Zero && FirstReconnectDelay <= LongestReconnectDelay, $"FirstReconnectDelay is {FirstReconnectDelay}; permitted are above 0 to LongestReconnectDelay, {LongestReconnectDelay}.");
        foreach (var (name, value) in ((string, TimeSpan)[])[(nameof(ConnectTimeout), ConnectTimeout), (nameof(MessageTimeout), MessageTimeout), (nameof(TwinTimeout), TwinTimeout)])
        {
            Require(problems, value > TimeSpan.Zero, $"{name} is {value}; permitted is above 0.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems));
        }
    }

    private static void Require(List<string> problems, bool condition, string problem)
    {
        if (!condition)
        {
            problems.Add(problem);
        }
    }
}
