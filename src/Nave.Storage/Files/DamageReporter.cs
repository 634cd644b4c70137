using Microsoft.Extensions.Logging;

namespace Nave.Storage.Files;

/// <summary>Tells of damage once a place: counts it, logs it, calls who listens.</summary>
internal sealed partial class DamageReporter(ILogger logger)
{
    // Enough to tell every damaged place of a disk that is worth keeping; above it, places may be told twice.
    private const int MaxRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<(string File, long Position, string? Gap)> _known = [];
    private long _count;

    public event Action<LogDamage>? Found;

    /// <summary>Gets how many damaged places were found.</summary>
    public long Count => Interlocked.Read(ref _count);

    public void Report(LogDamage damage)
    {
        lock (_gate)
        {
            if (_known.Count >= MaxRemembered)
            {
                _known.Clear();
            }

            if (!_known.Add((damage.File, damage.Position, damage.Length == 0 ? damage.Reason : null)))
            {
                return;
            }
        }

        Interlocked.Increment(ref _count);
        Log.Damaged(logger, damage.File, damage.Position, damage.Length, damage.Reason);
        Found?.Invoke(damage);
    }

    public void Report(SegmentFiles files, long number, SegmentScan scan)
    {
        foreach (var (from, to, reason) in scan.Damage)
        {
            Report(new LogDamage(Path.GetFileName(files.Segment(number)), from, to - from, reason));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Event log: {File} is damaged at byte {Position} ({Length} bytes): {Reason}.")]
        public static partial void Damaged(ILogger logger, string file, long position, long length, string reason);
    }
}
