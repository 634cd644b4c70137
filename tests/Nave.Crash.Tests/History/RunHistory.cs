using System.Collections.Concurrent;

namespace Nave.Crash.Tests.History;

/// <summary>Everything that clients did and saw in one run. Read only after the load has ended.</summary>
internal sealed class RunHistory
{
    /// <summary>Gets the events, a device at a time.</summary>
    public ConcurrentBag<TelemetryHistory> Telemetry { get; } = [];

    /// <summary>Gets the events of the product's own client.</summary>
    public ConcurrentBag<ClientHistory> Clients { get; } = [];

    /// <summary>Gets the devices whose twins are written.</summary>
    public List<string> TwinDevices { get; } = [];

    /// <summary>Gets the writes of twins.</summary>
    public ConcurrentQueue<TwinWrite> TwinWrites { get; } = [];

    /// <summary>Gets the readings of twins.</summary>
    public ConcurrentQueue<TwinRead> TwinReads { get; } = [];

    /// <summary>Gets the steps of the registry; those of one identity stand in their order.</summary>
    public ConcurrentQueue<RegistryStep> Registry { get; } = [];

    /// <summary>Gets the cloud-to-device messages.</summary>
    public ConcurrentQueue<SentCommand> Commands { get; } = [];

    /// <summary>Gets their deliveries.</summary>
    public ConcurrentQueue<CommandReceipt> Receipts { get; } = [];

    /// <summary>Gets the direct methods.</summary>
    public ConcurrentQueue<MethodCall> Methods { get; } = [];

    /// <summary>Gets the markers of methods that devices got, as <c>device marker</c>.</summary>
    public ConcurrentQueue<(string DeviceId, string Marker)> MethodsReceived { get; } = [];

    /// <summary>Gets what devices saw that breaks a rule of its own, such as a version that goes back.</summary>
    public ConcurrentQueue<(string Key, string Text)> Anomalies { get; } = [];
}
