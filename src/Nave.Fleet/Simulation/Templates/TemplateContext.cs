namespace Nave.Fleet.Simulation.Templates;

/// <summary>What templates know of the device that they are filled for. One thread at a time.</summary>
/// <param name="deviceId">The device's id.</param>
/// <param name="index">Its place in its group, from 0.</param>
/// <param name="random">Its own source of chance.</param>
public sealed class TemplateContext(string deviceId, int index, Random random)
{
    private readonly Dictionary<int, double> _slots = [];

    /// <summary>Gets the device's id.</summary>
    public string DeviceId { get; } = deviceId;

    /// <summary>Gets its place in its group, from 0.</summary>
    public int Index { get; } = index;

    /// <summary>Gets its own source of chance.</summary>
    public Random Random { get; } = random;

    /// <summary>Gets or sets the time on the device's clock.</summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>Gets or sets how long the simulation has run.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Gets or sets the number of the message, from 0.</summary>
    public long Message { get; set; }

    /// <summary>Gets what a function keeps from one message to the next; <see langword="null"/> the first time.</summary>
    internal double? this[int slot]
    {
        get => _slots.TryGetValue(slot, out var value) ? value : null;
        set => _slots[slot] = value ?? 0;
    }
}
