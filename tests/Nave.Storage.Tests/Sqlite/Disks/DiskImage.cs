using Nave.Testing.Disks;

namespace Nave.Storage.Tests.Sqlite.Disks;

/// <summary>What a disk holds on which some steps were done, and what may be left of it when the power goes.</summary>
internal sealed class DiskImage
{
    private const int SectorBytes = 512;

    private readonly Dictionary<string, ImageFile> _files = [];

    /// <summary>Gets or sets a value indicating whether the disk lies: a sync does nothing.</summary>
    public bool IgnoresSyncs { get; init; }

    /// <summary>Does a step.</summary>
    public void Do(DiskStep step)
    {
        if (step.Kind == DiskStepKind.Acknowledged)
        {
            return;
        }

        if (!_files.TryGetValue(step.Path, out var file))
        {
            // What was there before the first look is durable.
            _files.Add(step.Path, file = new ImageFile());
            if (step.Kind == DiskStepKind.Opened && step.Position == 1)
            {
                file.Current = [.. step.Bytes];
                file.Sync();
            }
        }

        switch (step.Kind)
        {
            case DiskStepKind.Opened:
                file.IsThere = true;
                file.IsNew |= step.Position == 0;
                break;
            case DiskStepKind.Written:
            case DiskStepKind.Truncated:
                Apply(file.Current, step);
                file.Pending.Add(step);
                break;
            case DiskStepKind.Synced when !IgnoresSyncs:
                file.Sync();
                if (file.IsNew)
                {
                    // SQLite syncs the folder with the first sync of a journal or write-ahead log that it has made.
                    file.IsNew = false;
                    foreach (var gone in _files.Values.Where(other => !other.IsThere))
                    {
                        gone.Durable = null;
                    }
                }

                break;
            case DiskStepKind.Deleted:
                file.IsThere = false;
                file.Current = [];
                file.Pending.Clear();
                if (step.Position != 0)
                {
                    file.Durable = null;
                }

                break;
        }
    }

    /// <summary>Gets the files that are left, by name.</summary>
    public Dictionary<string, byte[]> After(PowerLoss loss, int seed)
    {
        var random = new Random(seed);
        var left = new Dictionary<string, byte[]>();
        foreach (var (path, file) in _files)
        {
            if (loss == PowerLoss.KeepAll)
            {
                if (file.IsThere)
                {
                    left.Add(path, [.. file.Current]);
                }

                continue;
            }

            // A deletion without a sync of its folder may be undone; a file that was never synced may have no name.
            if (file.Durable is null && (loss == PowerLoss.DropAll || !file.IsThere))
            {
                continue;
            }

            List<byte> content = [.. file.Durable ?? []];
            foreach (var step in loss == PowerLoss.Tear ? file.Pending : [])
            {
                Tear(content, step, random);
            }

            left.Add(path, [.. content]);
        }

        return left;
    }

    // Of a write, all, nothing or any of its sectors may be there, whatever became of others.
    private static void Tear(List<byte> content, DiskStep step, Random random)
    {
        var fate = random.Next(3);
        if (fate == 0)
        {
            return;
        }

        if (fate == 1 || step.Kind == DiskStepKind.Truncated)
        {
            Apply(content, step);
            return;
        }

        for (var at = 0; at < step.Bytes.Length;)
        {
            var count = Math.Min(step.Bytes.Length - at, SectorBytes - (int)((step.Position + at) % SectorBytes));
            if (random.Next(2) == 0)
            {
                Apply(content, step with { Position = step.Position + at, Bytes = step.Bytes[at..(at + count)] });
            }

            at += count;
        }
    }

    private static void Apply(List<byte> content, DiskStep step)
    {
        var end = (int)step.Position + step.Bytes.Length;
        if (step.Kind == DiskStepKind.Truncated && content.Count > end)
        {
            content.RemoveRange(end, content.Count - end);
        }

        if (content.Count < end)
        {
            content.AddRange(new byte[end - content.Count]);
        }

        step.Bytes.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(content)[(int)step.Position..]);
    }

    private sealed class ImageFile
    {
        public bool IsThere { get; set; } = true;

        public bool IsNew { get; set; }

        public List<byte> Current { get; set; } = [];

        public List<byte>? Durable { get; set; }

        public List<DiskStep> Pending { get; } = [];

        public void Sync()
        {
            Durable = [.. Current];
            Pending.Clear();
        }
    }
}
