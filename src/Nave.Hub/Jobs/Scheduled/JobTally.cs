using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>Counts what becomes of the devices of a running job.</summary>
internal sealed class JobTally
{
    private int _devices;
    private int _succeeded;
    private int _failed;
    private int _running;

    /// <summary>Begins with what the rows say.</summary>
    public void Reset(long devices, long succeeded, long failed)
    {
        Volatile.Write(ref _devices, (int)devices);
        Volatile.Write(ref _succeeded, (int)succeeded);
        Volatile.Write(ref _failed, (int)failed);
    }

    /// <summary>Counts devices whose rows were written.</summary>
    public void Found(int count) => Interlocked.Add(ref _devices, count);

    /// <summary>Counts one that is begun.</summary>
    public void Began() => Interlocked.Increment(ref _running);

    /// <summary>Counts one that is not at work any more.</summary>
    public void Stopped() => Interlocked.Decrement(ref _running);

    /// <summary>Counts what became of one.</summary>
    public void Ended(bool isSuccess) => Interlocked.Increment(ref isSuccess ? ref _succeeded : ref _failed);

    /// <summary>Reads the numbers.</summary>
    public DeviceJobStatistics Read()
    {
        var (devices, succeeded, failed, running) = (Volatile.Read(ref _devices), Volatile.Read(ref _succeeded), Volatile.Read(ref _failed), Volatile.Read(ref _running));
        return new DeviceJobStatistics
        {
            DeviceCount = devices,
            SucceededCount = succeeded,
            FailedCount = failed,
            RunningCount = running,
            PendingCount = Math.Max(0, devices - succeeded - failed - running),
        };
    }
}
