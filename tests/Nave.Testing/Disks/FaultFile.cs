using Nave.Storage.Files;

namespace Nave.Testing.Disks;

/// <summary>A file of a <see cref="FaultDisk"/>, open until the power goes.</summary>
internal sealed class FaultFile(FaultDisk disk, FaultFileData data, int generation) : IDiskFile
{
    public long Length => disk.Use(generation, () => data.Current.Length);

    public int Read(Span<byte> buffer, long position)
    {
        var content = disk.Use(generation, () => data.Current);
        var count = (int)Math.Clamp(content.Length - position, 0, buffer.Length);
        content.AsSpan((int)Math.Min(position, content.Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(ReadOnlySpan<byte> buffer, long position) => disk.Write(generation, data, [buffer.ToArray()], position);

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> parts, long position) => disk.Write(generation, data, parts, position);

    public void SetLength(long length) => disk.Use(generation, () =>
    {
        data.SetLength(length);
        return 0;
    });

    public void SyncData() => disk.Sync(generation, data);

    public void Dispose()
    {
        // Nothing is held: the content belongs to the disk.
    }
}
