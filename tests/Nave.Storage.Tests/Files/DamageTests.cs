using System.Text;
using Nave.Storage.Files;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>Old data goes bad, files go missing: it is told, never served, and the rest can be read.</summary>
public sealed class DamageTests
{
    private const int Records = 200;

    [Fact]
    public async Task Damage_in_a_sealed_segment_is_found_when_it_is_read_and_what_follows_is_served()
    {
        var disk = await CreateAsync();
        disk.Damage(LogFixture.FirstSegment, 100_000, b => (byte)(b ^ 4));
        await using var log = await disk.OpenAsync();
        var found = new List<LogDamage>();
        log.DamageFound += found.Add;
        var sequences = (await log.ReadAllAsync(0)).Select(r => r.Sequence).Concat((await log.ReadAllAsync(1)).Select(r => r.Sequence)).ToArray();
        Assert.InRange(sequences.Length, Records - 20, Records - 1);
        var damage = Assert.Single(found);
        Assert.Equal("000000000001.seg", damage.File);
        Assert.InRange(100_000, damage.Position, damage.Position + damage.Length);
        Assert.Equal(1, log.Statistics.DamagedPlaces);

        // Told once, however often it is met.
        Assert.Equal(sequences.Length, (await log.ReadAllAsync(0)).Count + (await log.ReadAllAsync(1)).Count);
        Assert.Single(found);
    }

    [Fact]
    public async Task A_live_log_that_goes_bad_under_its_readers_serves_the_rest()
    {
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync();
        using var probe = new AppendProbe(log);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await probe.AppendAsync(0, $"{i}"));
        }

        disk.Damage(LogFixture.FirstSegment, SegmentHeader.Size + ChunkHeader.Size + 4, b => (byte)~b);
        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"{i}"), await log.ReadTextAsync(0, maxBytes: 1));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"{i}"), await log.ReadTextAsync(0));
        Assert.Equal(1, log.FindByOffset(0, 0));
        Assert.True(await probe.AppendAsync(0, "more"));
        Assert.Equal(["more"], await log.ReadTextAsync(0, from: 10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_or_damaged_index_is_built_again(bool missing)
    {
        var disk = await CreateAsync();
        var index = LogFixture.FirstSegment.Replace(".seg", ".idx", StringComparison.Ordinal);
        if (missing)
        {
            disk.Delete(index);
        }
        else
        {
            disk.Damage(index, SegmentIndexFile.PageBytes + 10, b => (byte)~b);
        }

        await using var log = await disk.OpenAsync();
        Assert.Equal(Records, (await log.ReadAllAsync(0)).Count + (await log.ReadAllAsync(1)).Count);
        Assert.Equal(missing ? 0 : 1, log.Statistics.DamagedPlaces);
    }

    [Fact]
    public async Task A_damaged_segment_header_loses_no_record()
    {
        var disk = await CreateAsync();
        foreach (var path in disk.Paths.Where(path => path.EndsWith(".seg", StringComparison.Ordinal)))
        {
            var damaged = disk.Clone();
            damaged.Damage(path, 300, b => (byte)~b);
            damaged.Delete(path.Replace(".seg", ".idx", StringComparison.Ordinal));
            var report = await SegmentLogCheck.RunAsync(LogFixture.Folder, damaged, TestContext.Current.CancellationToken);
            await using (var log = await damaged.OpenAsync())
            {
                Assert.Equal(Records, (await log.ReadAllAsync(0)).Count + (await log.ReadAllAsync(1)).Count);
            }

            // A segment that was only prepared has no header to lose.
            Assert.True(report.Damage.Count == 1 || disk.Content(path).AsSpan().IndexOfAnyExcept((byte)0) < 0, path);
            await using var again = await damaged.OpenAsync();
            Assert.Equal(Records, (await again.ReadAllAsync(0)).Count + (await again.ReadAllAsync(1)).Count);
            Assert.Equal(0, again.Statistics.DamagedPlaces);
        }
    }

    [Fact]
    public async Task A_missing_segment_is_told_and_stepped_over()
    {
        var disk = await CreateAsync();
        disk.Delete("/log/000000000002.seg");
        var report = await SegmentLogCheck.RunAsync(LogFixture.Folder, disk, TestContext.Current.CancellationToken);
        Assert.False(report.IsSound);
        Assert.All(report.Damage, damage => Assert.Contains("goes on with sequence number", damage.Reason, StringComparison.Ordinal));
        await using var log = await disk.OpenAsync();
        Assert.True(log.Statistics.DamagedPlaces > 0);
        var records = await log.ReadAllAsync(0);
        Assert.Equal(0, records[0].Sequence);
        Assert.Equal(log.GetState(0).NextSequence - 1, records[^1].Sequence);
        Assert.True(records.Count < log.GetState(0).NextSequence);
    }

    [Fact]
    public async Task A_check_of_a_sound_log_counts_everything_and_changes_nothing()
    {
        var disk = await CreateAsync();
        var before = disk.Paths.ToDictionary(path => path, disk.Content);
        var report = await SegmentLogCheck.RunAsync(LogFixture.Folder, disk, TestContext.Current.CancellationToken);
        Assert.True(report.IsSound);
        Assert.False(report.InUse);
        Assert.Null(report.TornTail);
        Assert.Equal(4, report.Partitions.Count);
        Assert.Equal(Records, report.Partitions.Sum(p => p.Records));
        Assert.Equal(report.Partitions.Select(p => p.NextSequence - p.FirstSequence), report.Partitions.Select(p => p.Records));
        Assert.Equal(before.Keys, disk.Paths);
        Assert.All(before, pair => Assert.Equal(pair.Value, disk.Content(pair.Key)));
        await using var log = await disk.OpenAsync();
        Assert.True((await SegmentLogCheck.RunAsync(LogFixture.Folder, disk, TestContext.Current.CancellationToken)).InUse);
    }

    [Fact]
    public async Task Segments_of_two_logs_in_one_folder_are_refused()
    {
        var disk = await CreateAsync();
        var other = await CreateAsync();
        using (var file = disk.Open(LogFixture.FirstSegment, DiskOpenMode.Create))
        {
            file.Write(other.Content(LogFixture.FirstSegment), 0);
        }

        disk.Delete(LogFixture.FirstSegment.Replace(".seg", ".idx", StringComparison.Ordinal));
        await Assert.ThrowsAsync<InvalidDataException>(() => disk.OpenAsync());
    }

    /// <summary>Makes a log of about four segments with records in partitions 0 and 1.</summary>
    internal static async Task<FaultDisk> CreateAsync()
    {
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync())
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < Records; i++)
            {
                await probe.StageAsync(i % 2, Encoding.UTF8.GetBytes($"{i}:{new string('x', 4_000)}"));
                if (i % 4 == 0)
                {
                    Assert.True(await probe.SettledAsync());
                }
            }

            Assert.True(await probe.SettledAsync());
            Assert.True(log.Statistics.Segments >= 4);
            await Testing.TestDeadline.UntilAsync(
                () => disk.Paths.Count(path => path.EndsWith(".idx", StringComparison.Ordinal)) >= log.Statistics.Segments - 1, "all indexes are saved");
        }

        return disk;
    }
}
