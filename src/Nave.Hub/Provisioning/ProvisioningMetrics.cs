using System.Diagnostics.Metrics;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>The meter <c>Nave.Provisioning</c>.</summary>
internal sealed class ProvisioningMetrics : IDisposable
{
    private readonly Meter _meter = new("Nave.Provisioning");
    private readonly Counter<long> _registrations;
    private readonly Counter<long> _refused;

    public ProvisioningMetrics()
    {
        _registrations = _meter.CreateCounter<long>("nave.provisioning.registrations", "{registration}", "Ended registrations by status.");
        _refused = _meter.CreateCounter<long>("nave.provisioning.refused", "{call}", "Devices that did not prove to be enrolled.");
    }

    /// <summary>Counts the end of an operation.</summary>
    public void Ended(RegistrationStatus status) => _registrations.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    /// <summary>Counts a device that was refused.</summary>
    public void Refused() => _refused.Add(1);

    public void Dispose() => _meter.Dispose();
}
