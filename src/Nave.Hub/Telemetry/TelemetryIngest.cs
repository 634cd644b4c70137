using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>Takes device-to-cloud events into the log. The hot path: no allocation and no I/O in the call.</summary>
public sealed class TelemetryIngest
{
    /// <summary>The largest event, properties included: 256 KiB. Source: Azure IoT Hub quotas.</summary>
    public const int MaxEventBytes = 256 * 1024;

    /// <summary>Opens a staging area for an I/O loop; see <see cref="IEventLog.CreateAppender"/>.</summary>
    public ILogAppender CreateAppender(Action? batchCompleted = null) => throw new NotImplementedException();

    /// <summary>Stages one event.</summary>
    /// <param name="appender">The caller's staging area.</param>
    /// <param name="device">Who sent it.</param>
    /// <param name="draft">The event; copied before the call returns.</param>
    /// <param name="observer">Told on the commit thread when the event is durable or lost; acknowledge only then.</param>
    /// <param name="token">Handed back to <paramref name="observer"/>.</param>
    public AppendOutcome TryAppend(ILogAppender appender, DevicePrincipal device, in EventDraft draft, IAppendObserver? observer, long token) => throw new NotImplementedException();
}
