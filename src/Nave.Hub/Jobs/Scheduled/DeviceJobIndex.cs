using Nave.Hub.Devices;
using Nave.Hub.Queries;

namespace Nave.Hub.Jobs;

/// <summary>By which values rows of <c>devices.jobs</c> are found: the job, which begins their keys, then the device and the status.</summary>
internal static class DeviceJobIndex
{
    /// <summary>Gets the index.</summary>
    public static QueryIndex Rows { get; } = new("jobId", IdentityKey.Separator.ToString(), "deviceId", "status");
}
