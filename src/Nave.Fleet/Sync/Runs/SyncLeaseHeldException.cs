using System.Globalization;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Runs;

/// <summary>Another run works on the hub: one at a time may.</summary>
public sealed class SyncLeaseHeldException(string hub, SyncLease lease) : InvalidOperationException(string.Create(
    CultureInfo.InvariantCulture,
    $"The run {lease.RunId} of {lease.Holder} works on the hub {hub}; its lease ends at {lease.Expires.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} unless it is renewed. One run at a time may."))
{
    /// <summary>Gets the lease.</summary>
    public SyncLease Lease { get; } = lease;
}
