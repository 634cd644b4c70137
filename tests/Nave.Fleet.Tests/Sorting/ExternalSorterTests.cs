using System.Text;
using Nave.Fleet.Sorting;

namespace Nave.Fleet.Tests.Sorting;

public sealed class ExternalSorterTests
{
    [Theory]
    [InlineData(0, 1000)]
    [InlineData(1, 1000)]
    [InlineData(1000, 1_000_000)] // one run
    [InlineData(5000, 4000)] // some runs
    [InlineData(20_000, 3000)] // more runs than are merged at once
    public void Records_come_in_the_order_of_their_keys(int count, int arenaBytes)
    {
        var random = new Random(count);
        using var sorter = new ExternalSorter(arenaBytes);
        var expected = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var key = $"device-{random.Next(count * 2)}";
            expected.Add($"{key}={i}");
            sorter.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{i}"));
        }

        // Ordinal, and the same keys in the order in which they came.
        expected = [.. expected.OrderBy(line => line[..line.IndexOf('=', StringComparison.Ordinal)], StringComparer.Ordinal)];
        Assert.Equal(count, sorter.Count);
        Assert.Equal(expected, sorter.Read().Select(record => $"{Encoding.UTF8.GetString(record.Key.Span)}={Encoding.UTF8.GetString(record.Value.Span)}"));
    }

    [Fact]
    public void A_record_larger_than_the_memory_for_a_run_is_sorted_too()
    {
        using var sorter = new ExternalSorter(100);
        var large = new byte[200_000];
        Random.Shared.NextBytes(large);
        sorter.Add("b"u8, large);
        sorter.Add("a"u8, "1"u8);
        sorter.Add("c"u8, []);
        var read = sorter.Read().Select(record => (Encoding.UTF8.GetString(record.Key.Span), record.Value.ToArray())).ToArray();
        Assert.Equal(["a", "b", "c"], read.Select(record => record.Item1));
        Assert.Equal(large, read[1].Item2);
    }

    [Fact]
    public void No_file_is_left_behind_with_a_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A file that is open keeps its name there.");
        var before = Directory.GetFiles(Path.GetTempPath(), "nave-sync-*").Length;
        using var sorter = new ExternalSorter(100);
        sorter.Add("a"u8, new byte[1000]);
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), "nave-sync-*").Length);
    }
}
