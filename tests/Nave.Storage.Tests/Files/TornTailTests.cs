using System.Buffers.Binary;
using System.Text;
using Nave.Storage.Files;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>Every byte at the end of the log is cut off and flipped once.</summary>
public sealed class TornTailTests
{
    private const int Records = 24;

    [Fact]
    public async Task A_torn_tail_is_cut_at_the_last_valid_record_wherever_it_tears()
    {
        var (disk, chunks) = await CreateAsync();
        var end = chunks[^1].End;
        for (var cut = SegmentHeader.Size; cut <= end; cut++)
        {
            // What was written last is not there: zeros, as in a preallocated file, or no file at all behind the cut.
            var torn = disk.Clone();
            if (cut % 2 == 0)
            {
                torn.Truncate(LogFixture.FirstSegment, cut);
            }
            else
            {
                for (var at = cut; at < end; at++)
                {
                    torn.Damage(LogFixture.FirstSegment, at, _ => 0);
                }
            }

            // A chunk whose last bytes are zero anyway survives the loss of them.
            var content = torn.Content(LogFixture.FirstSegment);
            var original = disk.Content(LogFixture.FirstSegment);
            var whole = chunks.Count(chunk => chunk.End <= content.Length
                && content.AsSpan((int)chunk.Start, (int)(chunk.End - chunk.Start)).SequenceEqual(original.AsSpan((int)chunk.Start, (int)(chunk.End - chunk.Start))));
            await using (var log = await torn.OpenAsync())
            {
                Assert.Equal(Enumerable.Range(0, whole).Select(Text), await log.ReadTextAsync(0));
                Assert.Equal(0, log.Statistics.DamagedPlaces);
                if (cut % 16 == 0)
                {
                    using var probe = new AppendProbe(log);
                    Assert.True(await probe.AppendAsync(0, "new"));
                    Assert.Equal(whole, (await log.ReadAllAsync(0, whole)).Single().Sequence);
                }
            }
        }
    }

    [Fact]
    public async Task A_flipped_byte_is_never_served_and_does_not_hide_what_follows()
    {
        var (disk, chunks) = await CreateAsync();
        for (var at = (long)SegmentHeader.Size; at < chunks[^1].End; at++)
        {
            var flipped = disk.Clone();
            flipped.Damage(LogFixture.FirstSegment, at, b => (byte)(b ^ (1 << (int)(at % 8))));
            var hit = chunks.FindIndex(chunk => at < chunk.End);
            var isLast = hit == chunks.Count - 1;
            var report = await SegmentLogCheck.RunAsync(LogFixture.Folder, flipped, TestContext.Current.CancellationToken);
            await using var log = await flipped.OpenAsync();

            // In the last commit it cannot be told from a torn write; in any other it is damage, and named.
            Assert.Equal(Enumerable.Range(0, Records).Where(i => i != hit).Select(Text), await log.ReadTextAsync(0));
            Assert.Equal(isLast ? 0 : 1, log.Statistics.DamagedPlaces);
            Assert.Equal(isLast, report.TornTail is not null);
            Assert.Equal(isLast ? Records - 1 : Records, log.GetState(0).NextSequence);
            if (!isLast)
            {
                var damage = Assert.Single(report.Damage);
                Assert.Equal(("000000000001.seg", chunks[hit].Start), (damage.File, damage.Position));
            }
        }
    }

    [Fact]
    public async Task A_torn_commit_of_the_outbox_is_cut_whole_so_that_nothing_comes_twice()
    {
        var disk = new FaultDisk();
        OutboxRecord[] records = [.. Enumerable.Range(1, 4).Select(i => new OutboxRecord(i, i % 2, Encoding.UTF8.GetBytes($"{i}")))];
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 2 }))
        {
            await log.AppendOutboxAsync(records, CancellationToken.None);
        }

        // One commit, a chunk a partition; the power went before the second was on disk.
        var chunks = Chunks(disk);
        Assert.Equal(2, chunks.Count);
        disk.Truncate(LogFixture.FirstSegment, chunks[1].Start + 1);
        await using var again = await disk.OpenAsync(o => o with { PartitionCount = 2 });
        Assert.Equal(0, again.LastOutboxSequence);
        await again.AppendOutboxAsync(records, CancellationToken.None);
        Assert.Equal(["2", "4"], await again.ReadTextAsync(0));
        Assert.Equal(["1", "3"], await again.ReadTextAsync(1));
        Assert.Equal(4, again.LastOutboxSequence);
    }

    [Fact]
    public async Task A_large_torn_tail_is_cut_anywhere()
    {
        var disk = new FaultDisk();
        var random = new Random(5);
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 1 }))
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < 40; i++)
            {
                Assert.True(await probe.AppendAsync(0, $"{i}:{new string('x', 4_000)}"));
            }
        }

        var chunks = Chunks(disk);
        for (var i = 0; i < 150; i++)
        {
            var cut = random.NextInt64(SegmentHeader.Size, chunks[^1].End);
            var torn = disk.Clone();
            torn.Truncate(LogFixture.FirstSegment, cut);
            await using var log = await torn.OpenAsync();
            Assert.Equal(chunks.Count(chunk => chunk.End <= cut), log.GetState(0).NextSequence);
        }
    }

    [Fact]
    public async Task What_was_cut_off_does_not_come_back_to_life()
    {
        // The last commit has two chunks; the first is torn, the second is whole. After the cut, a record as long as the
        // torn one is written: the old second chunk would follow it without a seam.
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync(o => o with { MinCommitInterval = TimeSpan.FromMilliseconds(100) }))
        {
            using var probe = new AppendProbe(log);
            Assert.True(await probe.AppendAsync(0, "first"));
            probe.TryStage(1, "torn"u8);
            probe.TryStage(2, "whole"u8);
            Assert.True(await probe.SettledAsync());
        }

        var chunks = Chunks(disk);
        Assert.Equal(3, chunks.Count);
        disk.Damage(LogFixture.FirstSegment, chunks[1].Start + 20, b => (byte)~b);
        var before = disk.Content(LogFixture.FirstSegment)[(int)chunks[2].Start..(int)chunks[2].End];
        for (var i = 0; i < 2; i++)
        {
            await using var log = await disk.OpenAsync();
            Assert.Empty(await log.ReadTextAsync(2));
            Assert.Equal(["first"], await log.ReadTextAsync(0));
            using var probe = new AppendProbe(log);
            if (i == 0)
            {
                Assert.True(await probe.AppendAsync(1, "good"));
            }

            Assert.Equal(["good"], await log.ReadTextAsync(1));
        }

        Assert.NotEqual(before, disk.Content(LogFixture.FirstSegment)[(int)chunks[2].Start..(int)chunks[2].End]);
    }

    private static string Text(int i) => $"record {i}";

    private static async Task<(FaultDisk Disk, List<(long Start, long End)> Chunks)> CreateAsync()
    {
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync(o => o with { PartitionCount = 1 }))
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < Records; i++)
            {
                Assert.True(await probe.AppendAsync(0, Text(i)));
            }
        }

        var chunks = Chunks(disk);
        Assert.Equal(Records, chunks.Count);
        return (disk, chunks);
    }

    private static List<(long Start, long End)> Chunks(FaultDisk disk)
    {
        var content = disk.Content(LogFixture.FirstSegment);
        var chunks = new List<(long, long)>();
        for (var at = SegmentHeader.Size; BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(at)) == ChunkHeader.Magic;)
        {
            Assert.True(ChunkHeader.TryRead(content.AsSpan(at), out var header));
            chunks.Add((at, at + header.TotalBytes));
            at += header.TotalBytes;
        }

        return chunks;
    }
}
