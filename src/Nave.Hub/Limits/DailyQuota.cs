namespace Nave.Hub.Limits;

/// <summary>Counts the messages of a UTC day against the tier's quota, without a lock.</summary>
internal sealed class DailyQuota(long limit, int meterBytes, TimeProvider time)
{
    private Day _day = new(0);

    /// <summary>Gets the day and what was used of it, to be stored.</summary>
    public (int Day, long Used) Current
    {
        get
        {
            var day = Volatile.Read(ref _day);
            return (day.Number, Volatile.Read(ref day.Used));
        }
    }

    /// <summary>Goes on from what was stored; at open, before the first message.</summary>
    public void Restore(int day, long used) => _day = new Day(day) { Used = used };

    /// <summary>Counts one message.</summary>
    /// <param name="bytes">Its size; it counts once for every started meter unit, at least once.</param>
    /// <returns><see langword="false"/> if the day's quota is used up; the message was not counted.</returns>
    public bool TryTake(int bytes)
    {
        var units = Math.Max(1, (bytes + meterBytes - 1) / meterBytes);
        var day = Today();
        if (Interlocked.Add(ref day.Used, units) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref day.Used, -units);
        return false;
    }

    private Day Today()
    {
        var number = (int)(time.GetUtcNow().UtcTicks / TimeSpan.TicksPerDay);
        while (true)
        {
            var day = Volatile.Read(ref _day);
            if (day.Number == number)
            {
                return day;
            }

            Interlocked.CompareExchange(ref _day, new Day(number), day);
        }
    }

    private sealed class Day(int number)
    {
        public int Number { get; } = number;

        public long Used;
    }
}
