using System.Globalization;

namespace Nave.Storage.Files;

/// <summary>The names of the files in the folder of a log.</summary>
internal sealed class SegmentFiles(IDisk disk, string directory)
{
    public const string SegmentSuffix = ".seg";
    public const string IndexSuffix = ".idx";
    public const string TemporarySuffix = ".tmp";
    private const string LockName = "lock";
    private const string EndMarkName = "end";

    public IDisk Disk { get; } = disk;

    public string Directory { get; } = directory;

    public string Lock => Path.Combine(Directory, LockName);

    public string EndMark => Path.Combine(Directory, EndMarkName);

    public string Segment(long number) => Name(number, SegmentSuffix);

    public string Index(long number) => Name(number, IndexSuffix);

    public string Temporary(string path) => path + TemporarySuffix;

    /// <summary>Lists the numbers of the files with a suffix, in order.</summary>
    public List<long> Numbers(string suffix)
    {
        var numbers = new List<long>();
        foreach (var name in Disk.List(Directory))
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(0, name.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Deletes what an interrupted write left behind.</summary>
    public void DeleteTemporaries()
    {
        foreach (var name in Disk.List(Directory))
        {
            if (name.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                Disk.Delete(Path.Combine(Directory, name));
            }
        }
    }

    private string Name(long number, string suffix) => Path.Combine(Directory, number.ToString("D12", CultureInfo.InvariantCulture) + suffix);
}
