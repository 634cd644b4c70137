namespace Nave.Testing.Disks;

/// <summary>The content of a file: what the process sees, what is on the disk, and the writes between the two.</summary>
internal sealed class FaultFileData
{
    private const int SectorBytes = 512; // what a disk writes whole

    private readonly List<(long Position, byte[] Bytes)> _pending = [];

    public byte[] Current { get; private set; } = [];

    public byte[] Durable { get; private set; } = [];

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        if (position + bytes.Length > Current.Length)
        {
            SetLength(position + bytes.Length);
        }

        bytes.CopyTo(Current.AsSpan((int)position));
        _pending.Add((position, bytes.ToArray()));
    }

    public void SetLength(long length)
    {
        var resized = Current;
        Array.Resize(ref resized, (int)length);
        Current = resized;
    }

    public void Sync()
    {
        Resize(Current.Length);
        foreach (var (position, bytes) in _pending)
        {
            bytes.CopyTo(Durable.AsSpan((int)position));
        }

        _pending.Clear();
    }

    /// <summary>A sync fails the way Linux does it: the pages count as clean and are never written.</summary>
    public void LosePending() => _pending.Clear();

    public void LosePower(PowerLoss loss, Random random)
    {
        // Each sector by itself, so a later one may be there without an earlier one. The length goes with the first write that needs it.
        foreach (var (position, bytes) in _pending)
        {
            for (var at = 0; at < bytes.Length && loss != PowerLoss.DropAll;)
            {
                var count = (int)Math.Min(bytes.Length - at, SectorBytes - ((position + at) % SectorBytes));
                if (loss == PowerLoss.KeepAll || random.Next(2) == 0)
                {
                    if (position + at + count > Durable.Length)
                    {
                        Resize((int)(position + at + count));
                    }

                    bytes.AsSpan(at, count).CopyTo(Durable.AsSpan((int)position + at));
                }

                at += count;
            }
        }

        _pending.Clear();
        Current = (byte[])Durable.Clone();
    }

    public void Change(long position, Func<byte, byte> change)
    {
        Current[position] = change(Current[position]);
        Durable[position] = change(Durable[position]);
    }

    public void Truncate(long length)
    {
        SetLength(length);
        Resize((int)length);
        _pending.Clear();
    }

    private void Resize(int length)
    {
        var resized = Durable;
        Array.Resize(ref resized, length);
        Durable = resized;
    }
}
