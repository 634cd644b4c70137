namespace Nave.Hub.Tests;

/// <summary>The machine's clock, moved by an offset that a test sets; timers are the machine's.</summary>
internal sealed class SettableTime : TimeProvider
{
    private long _offsetTicks;

    public TimeSpan Offset
    {
        get => new(Volatile.Read(ref _offsetTicks));
        set => Volatile.Write(ref _offsetTicks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
