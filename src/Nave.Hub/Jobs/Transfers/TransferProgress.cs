namespace Nave.Hub.Jobs;

/// <summary>How far the running job is.</summary>
internal sealed class TransferProgress
{
    private int _percent;

    /// <summary>Gets 0 to 99: the job's end makes it 100.</summary>
    public int Percent => Volatile.Read(ref _percent);

    /// <summary>Says how much of how much is done.</summary>
    public void Report(long done, long total) => Volatile.Write(ref _percent, total <= 0 ? 0 : (int)Math.Clamp(done * 100 / total, 0, 99));
}
