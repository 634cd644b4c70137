using System.Collections;
using System.Globalization;

namespace Nave.Fleet.Simulation;

/// <summary>
/// Which messages of one run the hub acknowledged, by their ids, to be held against what it stored. Two bits a message. Acknowledgements
/// may be noted from any thread; what is stored is noted after them, from one.
/// </summary>
public sealed class MessageLedger
{
    private readonly string _run;
    private readonly Page[] _devices;

    /// <summary>Makes an empty ledger.</summary>
    /// <param name="run">What tells this run's messages from all others in the hub: letters and digits.</param>
    /// <param name="devices">The number of devices.</param>
    public MessageLedger(string run, int devices)
    {
        _run = run;
        _devices = new Page[devices];
        for (var i = 0; i < devices; i++)
        {
            _devices[i] = new Page();
        }
    }

    /// <summary>Gets how many messages were acknowledged.</summary>
    public long Acknowledged => _devices.Sum(page => Count(page.Acknowledged));

    /// <summary>Gets how many of this run's messages are stored, each counted once.</summary>
    public long Stored => _devices.Sum(page => Count(page.Stored));

    /// <summary>Gets how many more times this run's messages are stored: what was sent again on a new connection, or twice on purpose.</summary>
    public long Repeated { get; private set; }

    /// <summary>Gets how many messages were acknowledged and are not stored.</summary>
    public long Lost => _devices.Sum(page => Count(page.Acknowledged) - Count(new BitArray(page.Acknowledged).And(Fit(page.Stored, page.Acknowledged.Length))));

    /// <summary>Makes the id of a message.</summary>
    /// <param name="device">The device's number in the run, from 0.</param>
    /// <param name="message">The message's number, from 0.</param>
    public string IdOf(int device, long message) => string.Create(CultureInfo.InvariantCulture, $"{_run}-{device}-{message}");

    /// <summary>Tells by its id whether a message is of this run.</summary>
    public bool IsOfRun(string? messageId) => messageId is not null && messageId.StartsWith(_run + "-", StringComparison.Ordinal);

    /// <summary>Notes that the hub acknowledged a message.</summary>
    public void NoteAcknowledged(int device, long message)
    {
        var page = _devices[device];
        lock (page)
        {
            page.Acknowledged = Grown(page.Acknowledged, message);
            page.Acknowledged[(int)message] = true;
        }
    }

    /// <summary>Notes that a message was found in the hub's log.</summary>
    /// <param name="messageId">Its id; those of other runs are passed over.</param>
    /// <returns>Whether it is of this run.</returns>
    public bool NoteStored(string? messageId)
    {
        if (messageId?.Split('-') is not [var run, var device, var message]
            || run != _run
            || !int.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number >= _devices.Length
            || !int.TryParse(message, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        var page = _devices[number];
        page.Stored = Grown(page.Stored, index);
        Repeated += page.Stored[index] ? 1 : 0;
        page.Stored[index] = true;
        return true;
    }

    private static BitArray Grown(BitArray bits, long index)
    {
        if (index >= bits.Length)
        {
            bits.Length = checked((int)Math.Max(index + 1, bits.Length * 2L));
        }

        return bits;
    }

    private static BitArray Fit(BitArray bits, int length) => new(bits) { Length = length };

    private static long Count(BitArray bits)
    {
        var count = 0L;
        foreach (bool bit in bits)
        {
            count += bit ? 1 : 0;
        }

        return count;
    }

    private sealed class Page
    {
        public BitArray Acknowledged { get; set; } = new(0);

        public BitArray Stored { get; set; } = new(0);
    }
}
